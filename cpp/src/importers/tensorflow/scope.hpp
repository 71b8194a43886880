#pragma once
// Where a frozen TensorFlow graph keeps the parts of a descriptor.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/tensorflow/graph.hpp"
#include "importers/tensorflow/node_names.hpp"
#include "importers/value.hpp"
#include "models/type_pairs.hpp"

namespace dpmd::importers {

/// The names of one descriptor in a graph.
struct DescriptorScope {
    const Graph& graph;
    const Node& op;        ///< the operation that makes the environment rows
    std::vector<int> sel;  ///< slots by neighbour type, or one number for all types together
    const Value& model;    ///< the section `model` of the training script, null where there is none
    const Value* section;  ///< its own section there; null where there is none
    int n_types = 0;
    const Node& average;     ///< the shift of environment rows
    const Node& scale;       ///< and their scale
    std::string attributes;  ///< the scope of these
    std::string suffix;      ///< what the scopes of the descriptor end with: empty but for one of several
    std::string head;        ///< what those of its embedding nets begin with

    DescriptorScope(const Graph& in, const Node& of, std::vector<int> slots, const Value& script,
                    const Value* settings);

    /// The scope of the embedding nets of a centre type, or of "all".
    std::string filter(std::string_view owner) const { return head + std::string(owner) + suffix; }
    /// The owner of the net that a node belongs to, a centre type or "all", and takes the scope and the slash off the
    /// name; nothing where it is no node of these nets.
    std::optional<std::string_view> owner_of(NameReader& name) const;
    /// The nodes `piece` in the scopes of the nets.
    std::vector<const Node*> constants(std::string_view piece) const;
    /// The operations of a kind there, which are named after it.
    std::vector<const Node*> ops(std::string_view op) const;
    /// The section in the training script, or a null value.
    const Value& settings() const;
};

/// Pairs of centre and neighbour types that the training script excludes.
TypePairs scripted_exclusions(const DescriptorScope& scope);

/// What the scopes of a descriptor end with: empty but for one of several.
std::string scope_suffix(const Graph& graph, const Node& op);

/// The owner of the net that a node belongs to, where scopes begin with `head` and end with `suffix`.
std::optional<std::string_view> owner_of(NameReader& name, std::string_view head, std::string_view suffix);

}  // namespace dpmd::importers
