// se_e2_r in a frozen TensorFlow graph. Its features are the mean of the embedding nets over all slots, times 1/5.
// Where a graph has nets by pairs of types, it leaves excluded pairs out. Everywhere else an excluded neighbour is seen
// as a row of 0, and its net is not 0 there.
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/embeddings.hpp"
#include "importers/tensorflow/graph_descriptors.hpp"

namespace dpmd::importers {
namespace {

const TableOps table_ops{{"TabulateFusionSeR"}, 2};
constexpr double expected_factor = 0.2;
constexpr double rounding = 1e-5;  // of a factor in single precision

/// The constants that the means over neighbours are multiplied by.
std::set<double> factors_of(const DescriptorScope& scope) {
    const Graph& graph = scope.graph;
    std::set<double> out;
    for (const Node* mean : scope.ops("Mean"))
        for (const Node* product : graph.consumers(*mean)) {
            if (product->op != "Mul") continue;
            for (std::size_t k = 0; k < product->n_inputs; ++k)
                if (const Node& factor = graph.input(*product, k); factor.op == "Const")
                    out.insert(graph.number(factor.name));
        }
    return out;
}

/// N of 1/N: the slots that the mean is over, unless the factor behind it leads back to another number of them.
int normalization(const DescriptorScope& scope) {
    const double n_slots = std::accumulate(scope.sel.begin(), scope.sel.end(), 0);
    const std::set<double> factors = factors_of(scope);
    std::vector<double> counts;
    for (const double factor : factors)
        if (factor > 0) counts.push_back(expected_factor * n_slots / factor);
    const double n = counts.size() == 1 ? std::rint(counts[0]) : 0;
    if (!(n >= 1 && n <= std::numeric_limits<int>::max()) || std::fabs(counts[0] - n) > rounding * n) {
        List found;
        for (const double factor : factors) found.emplace_back(factor);
        throw InputError(concat(scope.graph.place(), ": the mean over neighbours is multiplied by ",
                                shown(Value(std::move(found))), ", expected one factor, 1/5"));
    }
    return static_cast<int>(n);
}

}  // namespace

ReadDescriptor read_se_r(const DescriptorScope& scope) {
    const int n = normalization(scope);
    Embeddings embeddings(scope, table_ops, radial_rows);
    TypePairs excluded = embeddings.excluded_types();
    SeR out;
    out.embedding = embeddings.nets(excluded);
    out.environment = read_graph_environment(scope, radial_rows, n, std::move(excluded));
    if (out.embedding.type_one_side) out.environment.excluded_slots = ExcludedSlots::zero;
    return {std::move(out), embeddings.precision()};
}

}  // namespace dpmd::importers
