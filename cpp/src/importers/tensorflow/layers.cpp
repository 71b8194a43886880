#include "importers/tensorflow/layers.hpp"

#include <optional>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t table_input = 0, info_input = 1;

std::optional<Tensor> optional_array(const Graph& graph, const std::string& name) {
    if (!graph.has(name)) return std::nullopt;
    return graph.array(name);
}

Tensor* pointer(std::optional<Tensor>& tensor) { return tensor ? &*tensor : nullptr; }

}  // namespace

Layer read_layer(const Graph& graph, const std::string& matrix, const std::string& bias, const std::string& timestep) {
    Tensor weight = graph.array(matrix);
    std::optional<Tensor> of_bias = optional_array(graph, bias), of_timestep = optional_array(graph, timestep);
    return make_layer(std::move(weight), pointer(of_bias), pointer(of_timestep), graph.at(matrix));
}

LayersAndPrecision read_layers(const Graph& graph, const std::string& scope, const std::string& tail,
                               const Value& scripted) {
    LayersAndPrecision out;
    for (;;) {
        const std::string number = concat("_", out.layers.size() + 1, tail);
        const std::string matrix = concat(scope, "/matrix", number);
        if (!graph.has(matrix)) return out;
        Layer layer = read_layer(graph, matrix, concat(scope, "/bias", number), concat(scope, "/idt", number));
        layer.skip = skip_by_width(layer.n_in, layer.n_out);
        set_activation_behind(layer, graph, matrix, scripted);
        out.precision = graph.precision(matrix);
        out.layers.push_back(std::move(layer));
    }
}

Table read_table(const Graph& graph, const Node& op, bool is_symmetric) {
    const Node &rows = graph.input(op, table_input), &info = graph.input(op, info_input);
    Tensor coefficients = graph.constant(rows);
    const std::int64_t width = graph.attribute_integer(op, "last_layer_size");
    const std::int64_t n_columns = coefficients.is_matrix() ? coefficients.shape[1] : 0;
    if (n_columns == 0 || n_columns % 6 != 0 || n_columns / 6 != width)
        throw InputError(concat(graph.at(rows), ": a table of shape ", shown_shape(coefficients.shape),
                                " does not hold six coefficients for each of ", width, " channels"));
    return make_table(std::move(coefficients), graph.constant(info), graph.at(info), is_symmetric);
}

std::string precision_of_table(const Graph& graph, const Node& op) {
    return graph.precision(graph.input(op, table_input).name);
}

const Value& scripted_activation(const Value& section) { return section.get("activation_function"); }

}  // namespace dpmd::importers
