#include "importers/tensorflow/graph.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "core/utf8.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/check_attribute.hpp"

namespace dpmd::importers {
namespace {

constexpr int max_hops = 16;
constexpr std::size_t longest_name = 200;   // characters of a node's name in messages
constexpr std::size_t nodes_per_step = 64;  // of a search through all of them

// Field numbers of TensorFlow's public .proto files (graph, node_def, attr_value).
namespace graph_def {
constexpr std::uint32_t node = 1;
}
namespace node_def {
constexpr std::uint32_t name = 1, op = 2, input = 3, attribute = 5;
}
namespace map_entry {
constexpr std::uint32_t key = 1, value = 2;
}
namespace attr_value {
constexpr std::uint32_t list = 1, integer = 3, number = 4;
}
namespace attr_list {
constexpr std::uint32_t integers = 3;
}

}  // namespace

std::string_view node_name(std::string_view edge) {
    if (edge.starts_with('^')) edge.remove_prefix(1);
    return edge.substr(0, edge.find(':'));
}

Graph::Graph(std::string_view content, std::string place) : place_(std::move(place)), budget_(content.size()) {
    try {
        read_nodes(content);
    } catch (const WireError& error) {
        throw InputError(concat(place_, ": not a readable TensorFlow graph, truncated or corrupt: ", error.what));
    }
    sort_names();
    connect();
}

void Graph::read_nodes(std::string_view content) {
    WireReader fields(content);
    for (Field field; fields.next(field);)
        if (field.is(graph_def::node, WireType::bytes)) read_node(field.bytes);
}

void Graph::read_node(std::string_view message) {
    Node node;
    node.message = message;
    node.first_edge = edges_.size();
    WireReader fields(message);
    for (Field field; fields.next(field);) {
        if (field.type != WireType::bytes) continue;
        const bool is_text = field.number <= node_def::input;
        if (is_text && !is_utf8(field.bytes)) throw WireError{"a name is not UTF-8"};
        if (field.number == node_def::name) node.name = field.bytes;
        else if (field.number == node_def::op) node.op = field.bytes;
        else if (field.number == node_def::input) edges_.push_back(field.bytes);
        else if (field.number == node_def::attribute) check_attribute(field.bytes);
    }
    node.n_inputs = edges_.size() - node.first_edge;
    budget_.take(sizeof(Node) + 3 * sizeof(std::uint32_t) + node.n_inputs * (sizeof(std::string_view) + sizeof(int)),
                 place_);
    if (!node.name.starts_with("gradients")) nodes_.push_back(node);
}

/// Of nodes with one name the last counts, in the place of the first.
void Graph::sort_names() {
    std::vector<std::uint32_t> order(nodes_.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<std::uint32_t>(k);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return nodes_[a].name < nodes_[b].name; });
    std::vector<bool> is_repeated(nodes_.size(), false);
    for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (end < order.size() && nodes_[order[end]].name == nodes_[order[begin]].name) ++end;
        nodes_[order[begin]] = nodes_[order[end - 1]];
        for (std::size_t k = begin + 1; k < end; ++k) is_repeated[order[k]] = true;
    }
    std::size_t n = 0;
    std::vector<std::uint32_t> place(nodes_.size());
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
        place[k] = static_cast<std::uint32_t>(n);
        if (!is_repeated[k]) nodes_[n++] = nodes_[k];
    }
    nodes_.resize(n);
    for (const std::uint32_t k : order)
        if (!is_repeated[k]) by_name_.push_back(place[k]);
}

void Graph::connect() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found;  // what is read, and by what
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
        const std::size_t begin = found.size();
        for (std::size_t i = 0; i < nodes_[k].n_inputs; ++i)
            if (const Node* source = find(node_name(edges_[nodes_[k].first_edge + i])))
                found.emplace_back(static_cast<std::uint32_t>(source - nodes_.data()), static_cast<std::uint32_t>(k));
        const auto first = found.begin() + std::ptrdiff_t(begin);
        std::sort(first, found.end());
        found.erase(std::unique(first, found.end()), found.end());
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    first_reader_.assign(nodes_.size() + 1, 0);
    for (const auto& [source, reader] : found) {
        ++first_reader_[source + 1];
        readers_.push_back(reader);
    }
    for (std::size_t k = 0; k < nodes_.size(); ++k) first_reader_[k + 1] += first_reader_[k];
}

std::string Graph::at(std::string_view name) const {
    return concat(place_, ": node ", first_characters(name, longest_name));
}

const Node* Graph::find(std::string_view name) const {
    const auto found =
        std::lower_bound(by_name_.begin(), by_name_.end(), name,
                         [&](std::uint32_t k, std::string_view wanted) { return nodes_[k].name < wanted; });
    return found != by_name_.end() && nodes_[*found].name == name ? &nodes_[*found] : nullptr;
}

bool Graph::has_beginning(std::string_view name) const {
    const auto found =
        std::lower_bound(by_name_.begin(), by_name_.end(), name,
                         [&](std::uint32_t k, std::string_view wanted) { return nodes_[k].name < wanted; });
    return found != by_name_.end() && nodes_[*found].name.starts_with(name);
}

const Node& Graph::node(std::string_view name) const {
    const Node* found = find(name);
    if (found == nullptr) throw InputError(concat(place_, ": the graph has no node ", shown(name)));
    return *found;
}

std::vector<const Node*> Graph::with_op(std::initializer_list<std::string_view> ops) const {
    budget_.work(1 + nodes_.size() / nodes_per_step, place_);
    std::vector<const Node*> out;
    for (const Node& node : nodes_)
        if (std::find(ops.begin(), ops.end(), node.op) != ops.end()) out.push_back(&node);
    return out;
}

const Node& Graph::input(const Node& node, std::size_t k) const {
    if (k >= node.n_inputs) throw InputError(concat(at(node), " has ", node.n_inputs, " inputs, needs ", k + 1));
    std::string_view name = node_name(edges_[node.first_edge + k]);
    for (int hop = 0; hop < max_hops; ++hop) {
        const Node* found = find(name);
        if (found == nullptr) throw InputError(concat(at(node), ": its input ", shown(name), " is not in the graph"));
        if (found->op != "Identity" || found->n_inputs == 0) return *found;
        name = node_name(edges_[found->first_edge]);
    }
    throw InputError(concat(at(node), ": its input ", k, " has no end"));
}

std::vector<const Node*> Graph::consumers(const Node& node) const {
    std::vector<const Node*> found, open{&node};
    std::set<const Node*> seen{&node};
    while (!open.empty()) {
        const auto k = std::size_t(open.back() - nodes_.data());
        open.pop_back();
        budget_.work(1 + first_reader_[k + 1] - first_reader_[k], at(node));
        for (std::size_t r = first_reader_[k]; r < first_reader_[k + 1]; ++r) {
            const Node* reader = &nodes_[readers_[r]];
            if (reader->op != "Identity") found.push_back(reader);
            else if (seen.insert(reader).second) open.push_back(reader);
        }
    }
    return found;
}

std::vector<std::string_view> Graph::attribute(const Node& node, std::string_view key) const {
    std::vector<std::string_view> out;
    WireReader fields(node.message);
    for (Field field; fields.next(field);) {
        if (!field.is(node_def::attribute, WireType::bytes)) continue;
        std::string_view name;
        std::vector<std::string_view> values;
        WireReader entry(field.bytes);
        for (Field member; entry.next(member);) {
            if (member.is(map_entry::key, WireType::bytes)) name = member.bytes;
            if (member.is(map_entry::value, WireType::bytes)) values.push_back(member.bytes);
        }
        if (name != key) continue;
        if (values.empty()) values.emplace_back();  // a value with nothing set
        out = std::move(values);
    }
    return out;
}

std::vector<std::string_view> Graph::required_attribute(const Node& node, std::string_view key) const {
    std::vector<std::string_view> out = attribute(node, key);
    if (out.empty())
        throw InputError(
            concat(at(node), " (", first_characters(node.op, longest_name), ") has no attribute ", shown(key)));
    return out;
}

double Graph::attribute_number(const Node& node, std::string_view key) const {
    double out = 0;
    for (const std::string_view message : required_attribute(node, key)) {
        WireReader fields(message);
        for (Field field; fields.next(field);)
            if (field.is(attr_value::number, WireType::fixed32))
                out = double(std::bit_cast<float>(static_cast<std::uint32_t>(field.value)));
    }
    return out;
}

std::int64_t Graph::attribute_integer(const Node& node, std::string_view key) const {
    std::int64_t out = 0;
    for (const std::string_view message : required_attribute(node, key)) {
        WireReader fields(message);
        for (Field field; fields.next(field);)
            if (field.is(attr_value::integer, WireType::varint)) out = static_cast<std::int64_t>(field.value);
    }
    return out;
}

std::vector<std::int64_t> Graph::attribute_integers(const Node& node, std::string_view key) const {
    std::vector<std::int64_t> out;
    const auto add = [&](std::uint64_t value) { out.push_back(static_cast<std::int64_t>(value)); };
    for (const std::string_view message : required_attribute(node, key)) {
        WireReader fields(message);
        for (Field field; fields.next(field);) {
            if (!field.is(attr_value::list, WireType::bytes)) continue;
            WireReader list(field.bytes);
            for (Field member; list.next(member);)
                if (member.number == attr_list::integers) for_each_number(member, WireType::varint, add);
        }
    }
    return out;
}

}  // namespace dpmd::importers
