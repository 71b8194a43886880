#include "importers/tensorflow/graph_kind.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/text.hpp"
#include "importers/tensorflow/scope.hpp"

namespace dpmd::importers {
namespace {

/// Operations that make environment rows, newest name first, and the descriptor that each belongs to.
struct DescriptorOp {
    std::string_view op, descriptor;
};
constexpr DescriptorOp known_ops[] = {
    {"ProdEnvMatA", "se_e2_a"},
    {"DescrptSeA", "se_e2_a"},
    {"DescrptNorot", "se_e2_a"},
    {"ProdEnvMatR", "se_e2_r"},
    {"DescrptSeR", "se_e2_r"},
    {"ProdEnvMatAMix", "se_atten"},
    {"Descrpt", "loc_frame"},
    {"DescrptSeAMask", "se_a_mask"},
    {"DescrptSeAEf", "se_a_ef"},
    {"DescrptSeAEfPara", "se_a_ef"},
    {"DescrptSeAEfVert", "se_a_ef"},
    {"ProdEnvMatANvnmdQuantize", "se_e2_a (nvnmd)"},
    {"ProdEnvMatAMixNvnmdQuantize", "se_atten (nvnmd)"},
};

const DescriptorOp* known(const Node& node) {
    const auto* found = std::find_if(std::begin(known_ops), std::end(known_ops),
                                     [&](const DescriptorOp& one) { return one.op == node.op; });
    return found == std::end(known_ops) ? nullptr : found;
}

/// Whether the embedding nets of an operation are by pairs of neighbour types.
bool has_pair_nets(const Graph& graph, const Node& op) {
    constexpr std::string_view table_op = "TabulateFusionSeT";
    const std::string suffix = scope_suffix(graph, op);
    const auto is_matrix = [&](std::string_view name) {
        NameReader reader(name);
        return owner_of(reader, "filter_type_", suffix) && reader.text("matrix") && reader.underscore_number() &&
               reader.underscore_number() && reader.underscore_number() && reader.at_end();
    };
    const auto is_table = [&](std::string_view name) {
        NameReader reader(name);
        return owner_of(reader, "filter_type_", suffix) && reader.text(table_op) && reader.ends_numbered();
    };
    return !graph.constants(is_matrix).empty() || !graph.matching(table_op, is_table).empty();
}

std::vector<std::string> computed_descriptors(const Graph& graph) {
    std::vector<std::string> out;
    for (const Node* op : descriptor_ops(graph)) out.push_back(computed_descriptor(graph, *op));
    if (!out.empty()) return out;
    std::vector<std::string> names;
    for (const DescriptorOp& one : known_ops) names.emplace_back(one.op);
    throw InputError(concat(graph.place(), ": no descriptor operation in the graph (looked for ", joined(names, ", "),
                            "); is it a frozen DeePMD-kit model?"));
}

void add_beside(const Graph& graph, std::vector<std::string>& out) {
    if (has_type_net(graph)) {
        const std::vector<const Node*> ops = descriptor_ops(graph);
        const std::string_view name = known(*ops.front())->descriptor;
        if (ops.size() > 1) out.emplace_back("a type embedding beside a hybrid");
        else if (name != "se_e2_a" && name != "se_atten") out.emplace_back("a type embedding");
    }
    const std::string modifier = graph.text("modifier_attr/type").value_or("");
    if (!modifier.empty()) out.push_back(modifier_words(modifier));
}

}  // namespace

Kind graph_kind(const Graph& graph, const Value& model) {
    Kind out = kind_of(model);
    const bool has_spin = graph.has("spin_attr/ntypes_spin");
    if (!out.members.empty()) {
        out.spin = has_spin;
        return out;
    }
    std::vector<std::string> computed = computed_descriptors(graph);
    const std::vector<std::string> se_a{"se_e2_a"};
    if (computed != se_a && (out.descriptors == se_a || computed.size() != out.descriptors.size()))
        out.descriptors = std::move(computed);
    const std::string output = graph.text("model_attr/model_type").value_or("");
    if (!output.empty()) out.fitting = output;
    out.spin = out.spin || has_spin;
    add_beside(graph, out.beside);
    out.beside = each_once(std::move(out.beside));
    return out;
}

std::vector<const Node*> descriptor_ops(const Graph& graph) {
    std::vector<const Node*> out;
    for (const Node& node : graph.nodes())
        if (is_descriptor_op(node)) out.push_back(&node);
    return out;
}

std::vector<const Node*> descriptor_ops(const Graph& graph, std::string_view suffix) {
    std::vector<const Node*> out;
    for (const Node* op : descriptor_ops(graph)) {
        const std::string own = scope_suffix(graph, *op);
        NameReader reader(own);
        if (reader.text(suffix) && (reader.at_end() || reader.text("_"))) out.push_back(op);
    }
    return out;
}

bool has_mixed_slots(const Node& op) { return op.op == "ProdEnvMatAMix"; }

bool is_descriptor_op(const Node& node) { return known(node) != nullptr; }

std::string computed_descriptor(const Graph& graph, const Node& op) {
    const std::string_view name = known(op)->descriptor;
    return name == "se_e2_a" && has_pair_nets(graph, op) ? "se_e3" : std::string(name);
}

bool has_type_net(const Graph& graph) { return graph.has_beginning("type_embed_net/"); }

}  // namespace dpmd::importers
