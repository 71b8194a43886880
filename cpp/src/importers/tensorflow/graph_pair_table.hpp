#pragma once
// The pair table of a frozen TensorFlow graph (use_srtab), and what joins it to the nets.
#include <vector>

#include "importers/tensorflow/graph.hpp"
#include "models/local/pair_table.hpp"

namespace dpmd::importers {

/// The table, which sees the neighbours of the descriptor. `ops` are the operations that look tables up, one of them
/// at least.
PairTable read_graph_pair_table(const Graph& graph, const std::vector<const Node*>& ops, int n_types);

Bridge read_graph_bridge(const Graph& graph);

}  // namespace dpmd::importers
