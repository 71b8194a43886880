#pragma once
// A frozen TensorFlow graph: constants by name and edges in both directions. What it holds are views into the content
// of the file.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/limits.hpp"
#include "importers/tensor.hpp"
#include "importers/tensorflow/wire.hpp"

namespace dpmd::importers {

struct Node {
    std::string_view name, op;
    std::string_view message;  ///< the whole node as it is in the file
    std::size_t first_edge = 0, n_inputs = 0;
};

/// Nodes of a GraphDef. Gradient nodes are left out: they repeat the forward pass. Whatever is wrong with the graph is
/// an InputError that names the file and, where it is one, the node.
class Graph {
public:
    /// Refers to the content.
    Graph(std::string_view content, std::string place);

    const std::string& place() const { return place_; }
    std::string at(std::string_view name) const;
    std::string at(const Node& node) const { return at(node.name); }

    const std::vector<Node>& nodes() const { return nodes_; }
    /// Null where there is none.
    const Node* find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }
    /// Whether the name of any node begins like this.
    bool has_beginning(std::string_view name) const;
    const Node& node(std::string_view name) const;
    std::vector<const Node*> with_op(std::initializer_list<std::string_view> ops) const;
    /// Nodes of one kind of which `matches(name)` is true.
    template <class F>
    std::vector<const Node*> matching(std::string_view op, const F& matches) const {
        std::vector<const Node*> out;
        for (const Node* node : with_op({op}))
            if (matches(node->name)) out.push_back(node);
        return out;
    }
    /// The same for constants.
    template <class F>
    std::vector<const Node*> constants(const F& matches) const {
        return matching("Const", matches);
    }

    /// The node that feeds input k, seen through Identity.
    const Node& input(const Node& node, std::size_t k) const;
    /// The nodes that read this one, each once, seen through Identity.
    std::vector<const Node*> consumers(const Node& node) const;

    double attribute_number(const Node& node, std::string_view key) const;
    std::int64_t attribute_integer(const Node& node, std::string_view key) const;
    std::vector<std::int64_t> attribute_integers(const Node& node, std::string_view key) const;

    /// A constant as float64, whatever it is stored as (constants.cpp).
    Tensor constant(const Node& node) const;
    Tensor array(std::string_view name) const { return constant(node(name)); }
    /// A constant of integers, as a flat list.
    std::vector<std::int64_t> integers(std::string_view name) const;
    double number(std::string_view name) const;
    std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const;
    /// A text constant, or nothing where there is no such node.
    std::optional<std::string> text(std::string_view name) const;
    /// The stored precision of a constant.
    std::string precision(std::string_view name) const;

private:
    /// Throws WireError for damage anywhere in the nodes, so that later reads of them find none.
    void read_nodes(std::string_view content);
    void read_node(std::string_view message);
    void sort_names();
    void connect();
    /// The messages that make up the value of an attribute, which protobuf merges; none where there is no attribute.
    std::vector<std::string_view> attribute(const Node& node, std::string_view key) const;
    std::vector<std::string_view> required_attribute(const Node& node, std::string_view key) const;
    /// The messages of the tensor of a constant.
    std::vector<std::string_view> tensor_of(const Node& node) const;

    std::string place_;
    mutable Budget budget_;
    std::vector<Node> nodes_;
    std::vector<std::string_view> edges_;  ///< what the inputs are called, of all nodes
    std::vector<std::uint32_t> by_name_;   ///< places of nodes, sorted by name
    std::vector<std::uint32_t> readers_, first_reader_;
};

/// "name:k" (output k) and "^name" (control) without their marks.
std::string_view node_name(std::string_view edge);

}  // namespace dpmd::importers
