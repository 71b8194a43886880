#include "importers/tensorflow/graph_descriptors.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/graph_kind.hpp"

namespace dpmd::importers {
namespace {

/// An operation that makes environment rows, and the number of features that follow from them.
struct Part {
    const Node* op;
    std::int64_t n_features;
};

/// All nodes that depend on an operation.
std::set<const Node*> nodes_behind(const Graph& graph, const Node& op) {
    std::set<const Node*> out;
    std::vector<const Node*> open{&op};
    while (!open.empty()) {
        const Node& node = *open.back();
        open.pop_back();
        for (const Node* reader : graph.consumers(node))
            if (out.insert(reader).second) open.push_back(reader);
    }
    return out;
}

/// The number of features of a part: the last number of the shape that it is brought into.
std::int64_t width_of(const Graph& graph, const Node& node) {
    if (node.op == "Reshape") {
        const Node* shape = &graph.input(node, 1);
        if (shape->op == "Pack" && shape->n_inputs > 0) shape = &graph.input(*shape, shape->n_inputs - 1);
        if (shape->op == "Const") {
            const std::vector<std::int64_t> sizes = graph.integers(shape->name);
            if (!sizes.empty() && sizes.back() > 0) return sizes.back();
        }
    }
    throw InputError(concat(graph.at(node), ": cannot tell how many features this part of a hybrid has"));
}

/// The places of the operations that the inputs of a concatenation come from, each from one of its own; none otherwise.
std::vector<std::size_t> origins_of(const std::vector<const Node*>& joined_nodes,
                                    const std::vector<std::set<const Node*>>& behind) {
    std::vector<std::size_t> out;
    for (const Node* one : joined_nodes) {
        std::size_t n = 0, place = 0;
        for (std::size_t k = 0; k < behind.size(); ++k)
            if (behind[k].contains(one)) {
                place = k;
                ++n;
            }
        if (n != 1 || std::find(out.begin(), out.end(), place) != out.end()) return {};
        out.push_back(place);
    }
    return out;
}

/// In the order of the features.
std::vector<Part> parts_of(const Graph& graph, const std::vector<const Node*>& ops, std::int64_t n_features) {
    if (ops.size() == 1) return {{ops[0], n_features}};
    std::vector<std::set<const Node*>> behind;
    behind.reserve(ops.size());
    for (const Node* op : ops) behind.push_back(nodes_behind(graph, *op));
    for (const Node* join : graph.with_op({"ConcatV2"})) {
        if (join->n_inputs != ops.size() + 1) continue;  // the axis is the last input
        std::vector<const Node*> inputs;
        for (std::size_t k = 0; k < ops.size(); ++k) inputs.push_back(&graph.input(*join, k));
        const std::vector<std::size_t> origins = origins_of(inputs, behind);
        if (origins.empty()) continue;
        std::vector<Part> out;
        for (std::size_t k = 0; k < ops.size(); ++k) out.push_back({ops[origins[k]], width_of(graph, *inputs[k])});
        return out;
    }
    constexpr std::size_t longest = 80;
    std::vector<std::string> names;
    names.reserve(ops.size());
    for (const Node* op : ops) names.emplace_back(first_characters(op->name, longest));
    throw InputError(concat(graph.place(), ": no concatenation joins what ", joined(names, " and "), " lead to"));
}

/// The section of a part in the training script; null where it does not list the parts.
std::vector<const Value*> sections_of(const Value& script, std::size_t n_parts) {
    std::vector<const Value*> out;
    if (script.is_mapping()) out = descriptor_parts(script);
    if (out.size() != n_parts) out.assign(n_parts, nullptr);
    return out;
}

void check_name(const Graph& graph, const Node& op, const std::string& name, const Value* section) {
    const auto* scripted = section != nullptr ? section->get("type").as<std::string>() : nullptr;
    if (scripted == nullptr) return;
    std::string named = descriptor_name(*scripted);
    if (named.ends_with("_v2")) named.resize(named.size() - 3);
    if (named != descriptor_name(name))
        throw InputError(concat(graph.at(op), " belongs to ", name, "; the training script has ",
                                shown(std::string_view(*scripted)), " in this place"));
}

ReadDescriptor read_one(const Graph& graph, const Part& part, const Value& model, const Value* section) {
    const std::string name = computed_descriptor(graph, *part.op);
    check_name(graph, *part.op, name, section);
    const DescriptorScope scope(graph, *part.op, read_sel(graph, *part.op), model, section);
    // a descriptor with a type embedding is a case of se_atten
    if (has_type_net(graph) || name == "se_atten") return read_se_atten(scope, part.n_features);
    if (name == "se_e2_a") return read_se_a(scope, part.n_features);
    if (name == "se_e2_r") return read_se_r(scope);
    if (name == "se_e3") return read_se_t(scope);
    if (name == "loc_frame") return read_local_frame(scope, part.n_features);
    throw refusal(graph.at(*part.op), concat("the descriptor ", name));
}

const std::string& widest(const std::vector<std::string>& precisions) {
    for (const char* wide : {"float64", "float32"})
        if (const auto found = std::find(precisions.begin(), precisions.end(), wide); found != precisions.end())
            return *found;
    return precisions.front();
}

}  // namespace

std::vector<const Node*> descriptor_ops_of(const Graph& graph, const std::optional<std::string>& suffix) {
    return suffix ? descriptor_ops(graph, *suffix) : descriptor_ops(graph);
}

ReadDescriptors read_descriptors(const Graph& graph, const Value& model, std::int64_t n_features,
                                 const std::optional<std::string>& suffix) {
    const std::vector<Part> parts = parts_of(graph, descriptor_ops_of(graph, suffix), n_features);
    const std::vector<const Value*> sections = sections_of(model.get("descriptor"), parts.size());
    ReadDescriptors out;
    std::vector<std::string> precisions;
    for (std::size_t k = 0; k < parts.size(); ++k) {
        ReadDescriptor one = read_one(graph, parts[k], model, sections[k]);
        out.descriptors.push_back(std::move(one.descriptor));
        precisions.push_back(std::move(one.precision));
    }
    out.precision = widest(precisions);
    return out;
}

std::vector<int> read_sel(const Graph& graph, const Node& op) {
    const std::string place = graph.at(op), name = computed_descriptor(graph, op);
    const bool is_typed = has_type_net(graph) || name == "se_atten";
    if (!is_typed && name == "loc_frame") return checked_sel(sel_of_local_frame(graph, op), place);
    if (!is_typed && name == "se_e2_r") return checked_sel(graph.attribute_integers(op, "sel"), place);
    if (!is_typed && name == "se_e2_a") {
        const std::vector<std::int64_t> radial = graph.attribute_integers(op, "sel_r");
        if (std::any_of(radial.begin(), radial.end(), [](std::int64_t n) { return n != 0; }))
            throw refusal(place, "a radial part (sel_r) beside the angular one");
    }
    return checked_sel(graph.attribute_integers(op, "sel_a"), place);
}

}  // namespace dpmd::importers
