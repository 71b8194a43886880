#include "importers/tensorflow/pair_nets.hpp"

#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/embeddings.hpp"
#include "importers/tensorflow/layers.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view table_op = "TabulateFusionSeT";
constexpr std::size_t angles_input = 3;  // of the table
constexpr int max_hops = 8, n_components = 4;
constexpr double rounding = 1e-5;  // of a factor in single precision

}  // namespace

GraphPairNets::GraphPairNets(const DescriptorScope& scope)
    : scope_(scope), graph_(scope.graph), place_(scope.filter("all")) {
    for (const Node* node : scope.ops(table_op)) {
        const Types types = types_of(graph_.input(*node, angles_input));
        if (!tables_.emplace(types, node).second)
            throw InputError(
                concat(graph_.at(*node), ": a second table for the types (", types.first, ", ", types.second, ")"));
    }
}

PairNets GraphPairNets::nets() {
    PairNets out;
    out.n_types = static_cast<int>(scope_.sel.size());
    std::vector<std::pair<int, int>> lost;
    for (int a = 0; a < out.n_types; ++a)
        for (int b = a; b < out.n_types; ++b) {
            const bool has_slots = scope_.sel[std::size_t(a)] > 0 && scope_.sel[std::size_t(b)] > 0;
            out.nets.push_back(has_slots ? network(a, b) : std::nullopt);
            if (has_slots && !out.nets.back()) lost.emplace_back(a, b);
        }
    if (!lost.empty())
        throw InputError(concat(graph_.place(), ": no embedding net for the type pairs ", shown_pairs(lost)));
    return out;
}

std::optional<Network> GraphPairNets::network(int a, int b) {
    Network out;
    if (const auto table = tables_.find({a, b}); table != tables_.end()) {
        out.table = read_table(graph_, *table->second, true);
        precision_ = precision_of_table(graph_, *table->second);
        return out;
    }
    LayersAndPrecision found =
        read_layers(graph_, place_, concat("_", a, "_", b), scripted_activation(scope_.settings()));
    if (found.layers.empty()) return std::nullopt;
    precision_ = found.precision;
    out.layers = std::move(found.layers);
    return out;
}

void GraphPairNets::check_factors() const {
    for (const Node* node : graph_.with_op({"Einsum", table_op})) {
        if (!node->name.starts_with(place_ + "/")) continue;
        for (const Node* product : graph_.consumers(*node)) check_factor(*node, *product);
    }
}

void GraphPairNets::check_factor(const Node& node, const Node& product) const {
    const std::optional<double> factor = factor_of(product);
    if (!factor) return;
    const auto [a, b] = types_of(graph_.input(node, node.op == table_op ? angles_input : 0));
    const double slots = double(scope_.sel[std::size_t(a)]) * double(scope_.sel[std::size_t(b)]);
    if (!(std::fabs(*factor * slots - 1) < rounding))
        throw InputError(concat(graph_.at(product), ": the sum over pairs of types ", a, " and ", b,
                                " is multiplied by ", *factor, ", expected 1/", slots));
}

std::optional<double> GraphPairNets::factor_of(const Node& product) const {
    if (product.op != "Mul" || !product.name.starts_with(place_ + "/")) return std::nullopt;
    std::optional<double> out;
    for (std::size_t k = 0; k < product.n_inputs; ++k)
        if (const Node& factor = graph_.input(product, k); factor.op == "Const" && !out)
            out = graph_.number(factor.name);
    return out;
}

GraphPairNets::Types GraphPairNets::types_of(const Node& angles) const {
    if (angles.op != "Einsum")
        throw InputError(concat(graph_.at(angles), ": expected a product of the rows of two types"));
    const int a = type_of(graph_.input(angles, 0)), b = type_of(graph_.input(angles, 1));
    return {a, b};
}

int GraphPairNets::type_of(const Node& given) const {
    const Node* rows = &given;
    for (int hop = 0; hop < max_hops; ++hop) {
        if (rows->op == "Slice") {
            const std::vector<double> begin = graph_.constant(graph_.input(*rows, 1)).values,
                                      size = graph_.constant(graph_.input(*rows, 2)).values;
            double start = 0;
            for (std::size_t t = 0; t < scope_.sel.size(); ++t) {
                const double count = scope_.sel[t];
                if (begin == std::vector<double>{0, n_components * start} &&
                    size == std::vector<double>{-1, n_components * count})
                    return static_cast<int>(t);
                start += count;
            }
        }
        if (rows->n_inputs == 0) break;
        rows = &graph_.input(*rows, 0);
    }
    throw InputError(concat(graph_.at(given), ": cannot tell which neighbours it is for, of sel ", shown(scope_.sel)));
}

}  // namespace dpmd::importers
