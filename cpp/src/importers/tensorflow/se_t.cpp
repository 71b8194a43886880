// se_e3 in a frozen TensorFlow graph. It has a net for each unordered pair of neighbour types, and divides a sum over
// pairs of neighbours by the slots of both types. Neighbours of an excluded pair have no direction and add nothing, so
// that no rule is needed for them.
#include <numeric>
#include <utility>

#include "core/text.hpp"
#include "importers/common.hpp"
#include "importers/tensorflow/graph_descriptors.hpp"
#include "importers/tensorflow/graph_environment.hpp"
#include "importers/tensorflow/pair_nets.hpp"

namespace dpmd::importers {

ReadDescriptor read_se_t(const DescriptorScope& scope) {
    GraphPairNets nets(scope);
    SeT out;
    out.embedding = nets.nets();
    nets.check_factors();
    const int n_slots = std::accumulate(scope.sel.begin(), scope.sel.end(), 0);
    out.environment = read_graph_environment(scope, full_rows, n_slots, scripted_exclusions(scope));
    out.pair_normalization = scope.sel;
    return {std::move(out), nets.precision()};
}

}  // namespace dpmd::importers
