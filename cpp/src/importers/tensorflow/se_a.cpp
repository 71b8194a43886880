// se_e2_a in a frozen TensorFlow graph.
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/tensorflow/embeddings.hpp"
#include "importers/tensorflow/graph_descriptors.hpp"

namespace dpmd::importers {
namespace {

const TableOps table_ops{{"TabulateFusionSeA", "TabulateFusion"}, 3};

/// The second dimension of the features: in a graph only the fitting nets show it.
int axis_neuron(const Graph& graph, int width, std::int64_t n_features) {
    if (width <= 0 || n_features <= 0 || n_features % width != 0)
        throw InputError(concat(graph.place(), ": fitting nets for ", n_features,
                                " features do not fit embedding nets of width ", width));
    return static_cast<int>(n_features / width);
}

}  // namespace

ReadDescriptor read_se_a(const DescriptorScope& scope, std::int64_t n_features) {
    const int normalization = normalization_of(scope);
    Embeddings embeddings(scope, table_ops, full_rows);
    TypePairs excluded = embeddings.excluded_types();
    SeA out;
    out.embedding = embeddings.nets(excluded);
    out.environment = read_graph_environment(scope, full_rows, normalization, std::move(excluded));
    out.axis_neuron = axis_neuron(scope.graph, out.embedding.n_channels(), n_features);
    return {std::move(out), embeddings.precision()};
}

}  // namespace dpmd::importers
