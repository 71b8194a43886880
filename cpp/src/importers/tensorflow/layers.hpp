#pragma once
// Single layers of a frozen TensorFlow graph.
#include <string>
#include <string_view>
#include <vector>

#include "importers/tensorflow/graph.hpp"
#include "importers/value.hpp"
#include "models/nets/network.hpp"

namespace dpmd::importers {

/// The weights of a layer by the names of its constants, of which only the matrix must be there. Version 1 stores
/// vectors as matrices of one row.
Layer read_layer(const Graph& graph, const std::string& matrix, const std::string& bias, const std::string& timestep);

struct LayersAndPrecision {
    std::vector<Layer> layers;
    std::string precision = "float64";
};

/// The layers matrix_1, matrix_2, ... in a scope, of a net that has residuals by its widths. `tail` is what follows the
/// number of a layer in the names of its weights.
LayersAndPrecision read_layers(const Graph& graph, const std::string& scope, const std::string& tail,
                               const Value& scripted_activation);

/// The compression table that an operation looks up.
Table read_table(const Graph& graph, const Node& op, bool is_symmetric = false);
/// Its precision.
std::string precision_of_table(const Graph& graph, const Node& op);

/// The matrix products that use a weight; a layer that is applied twice has two.
std::vector<const Node*> products(const Graph& graph, const std::string& matrix);

/// Sets the activation behind a weight, read off the operations after its bias, if it has one, is added. `scripted` is
/// the training script's name, for the operations that do not tell; null: there is none.
void set_activation_behind(Layer& layer, const Graph& graph, const std::string& matrix, const Value& scripted);

/// `activation_function` of a section of the training script; a null value where there is none.
const Value& scripted_activation(const Value& section);

}  // namespace dpmd::importers
