#pragma once
// The names of the types in a frozen TensorFlow graph.
#include <string>
#include <vector>

#include "importers/tensorflow/graph.hpp"
#include "importers/value.hpp"

namespace dpmd::importers {

/// As the graph has them; none where it has none.
std::vector<std::string> type_map_of(const Graph& graph);

/// The same, or those of the training script, or X0, X1, ...
std::vector<std::string> read_type_map(const Graph& graph, const Value& model, int n_types);

}  // namespace dpmd::importers
