#pragma once
// What kind of model a frozen TensorFlow graph is: from its operations and attributes, and its training script.
#include <string>
#include <string_view>
#include <vector>

#include "importers/kind.hpp"
#include "importers/tensorflow/graph.hpp"
#include "importers/value.hpp"

namespace dpmd::importers {

/// The kind of a graph; `model` is the training script's section, null where there is none. The operations are what
/// runs. A script has the finer name: that of a descriptor with a type embedding, say.
Kind graph_kind(const Graph& graph, const Value& model);

/// The operations that make environment rows, one for each descriptor, in no order.
std::vector<const Node*> descriptor_ops(const Graph& graph);
/// Those of a member of a linear combination.
std::vector<const Node*> descriptor_ops(const Graph& graph, std::string_view suffix);

/// Whether all types share the slots of such an operation.
bool has_mixed_slots(const Node& op);
/// Whether it makes environment rows.
bool is_descriptor_op(const Node& node);

/// The name of the descriptor that an operation makes environment rows for.
std::string computed_descriptor(const Graph& graph, const Node& op);
/// Whether the graph has a type embedding.
bool has_type_net(const Graph& graph);

}  // namespace dpmd::importers
