#include "importers/tensorflow/typed_nets.hpp"

#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/tensorflow/layers.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t factors_input = 4;  // the place of the factors of types among the inputs of a table of se_atten
constexpr int max_hops = 8;

/// The operation that looks up the table for all types; null where there is none.
const Node* table_op(const DescriptorScope& scope) {
    const std::string place = scope.filter("all") + "/";
    std::vector<const Node*> found;
    for (const std::string_view op : {"TabulateFusionSeAtten", "TabulateFusionSeA"})
        for (const Node* node : scope.graph.matching(op, [&](std::string_view name) {
                 NameReader reader(name);
                 return reader.text(place) && reader.text(op) && reader.ends_numbered();
             }))
            found.push_back(node);
    if (found.size() > 1)
        throw InputError(
            concat(scope.graph.place(), ": ", found.size(), " compression tables for all types, expected one"));
    return found.empty() ? nullptr : found.front();
}

/// The values for all types, or all pairs of types, that the graph looks the factors up in.
TypeFactors compressed_factors(const DescriptorScope& scope, const Node& op, int n_channels) {
    const Graph& graph = scope.graph;
    const std::int64_t n_rows = scope.n_types + 1;
    const Node* node = &graph.input(op, factors_input);
    // through a product with the switch, and the look-up
    for (int hop = 0; hop < max_hops && node->op != "Const" && node->n_inputs > 0; ++hop) node = &graph.input(*node, 0);
    Tensor values = graph.constant(*node);
    const bool is_one_side = values.is_matrix() && values.shape[0] == n_rows;
    if (!values.is_matrix() || (!is_one_side && values.shape[0] != n_rows * n_rows))
        throw InputError(concat(graph.at(*node), " has shape ", shown_shape(values.shape), ", expected ", n_rows,
                                " or ", n_rows * n_rows, " rows"));
    if (values.shape[1] != n_channels)
        throw InputError(concat(graph.at(*node), " has shape ", shown_shape(values.shape), ", the table has ",
                                n_channels, " channels"));
    return {is_one_side, std::nullopt, std::move(values.values)};
}

}  // namespace

NetworkAndPrecision read_main_network(const DescriptorScope& scope) {
    Network out;
    if (const Node* op = table_op(scope)) {
        out.table = read_table(scope.graph, *op);
        return {std::move(out), precision_of_table(scope.graph, *op)};
    }
    LayersAndPrecision found = read_layers(scope.graph, scope.filter("all"), "", scripted_activation(scope.settings()));
    if (found.layers.empty())
        throw InputError(concat(scope.graph.place(), ": no embedding matrices and no compression table for all types"));
    out.layers = std::move(found.layers);
    return {std::move(out), std::move(found.precision)};
}

std::optional<TypeFactors> read_type_factors(const DescriptorScope& scope, int width, int n_channels) {
    const Graph& graph = scope.graph;
    const Node* op = table_op(scope);
    std::vector<TypeFactors> found;
    for (const bool is_one_side : {true, false}) {
        LayersAndPrecision net =
            read_layers(graph, scope.filter("all"), is_one_side ? "_one_side_ebd" : "_two_side_ebd",
                        scripted_activation(scope.settings()));
        if (!net.layers.empty()) found.push_back({is_one_side, Network{std::move(net.layers), std::nullopt}, {}});
    }
    if (op != nullptr && op->n_inputs > factors_input) found.push_back(compressed_factors(scope, *op, n_channels));
    if (found.empty()) return std::nullopt;
    if (found.size() > 1)
        throw InputError(concat(graph.place(), ": ", found.size(), " sets of factors for types, expected one"));
    TypeFactors& factors = found.front();
    if (factors.network && factors.network->n_in() != (factors.is_one_side ? width : 2 * width))
        throw InputError(concat(graph.place(), ": the net of types takes ", factors.network->n_in(),
                                " numbers, and a type has ", width));
    return std::move(factors);
}

}  // namespace dpmd::importers
