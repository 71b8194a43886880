#include "importers/tensorflow/graph_terms.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/graph_descriptors.hpp"
#include "importers/tensorflow/graph_fitting.hpp"
#include "importers/tensorflow/graph_kind.hpp"
#include "importers/tensorflow/graph_pair_table.hpp"
#include "importers/tensorflow/node_names.hpp"
#include "importers/weighting.hpp"

namespace dpmd::importers {
namespace {

struct NetAndPrecision {
    NetTerm term;
    std::string precision;
};

/// The number of a member whose energies a node sums up; empty where it is none.
std::string_view member_of(std::string_view name) {
    NameReader reader(name);
    if (!reader.text("o_energy_model")) return {};
    const std::string_view digits = reader.digits();
    return reader.at_end() ? digits : std::string_view();
}

std::vector<const Node*> member_energies(const Graph& graph) {
    return graph.matching("Sum", [](std::string_view name) { return !member_of(name).empty(); });
}

/// The number of types. A descriptor has slots for each of them, or for all together.
int n_types_of(const Graph& graph, const std::optional<std::string>& suffix) {
    constexpr const char* name = "descrpt_attr/ntypes";
    const std::vector<const Node*> ops = descriptor_ops_of(graph, suffix);
    if (ops.empty())
        throw InputError(concat(graph.place(), ": no descriptor in the member ",
                                shown(std::string_view(suffix.value_or(""))), " of a linear combination"));
    std::vector<std::vector<int>> sels;
    sels.reserve(ops.size());
    for (const Node* op : ops) sels.push_back(read_sel(graph, *op));
    const std::int64_t n_types = graph.integer(name, std::int64_t(sels.front().size()));
    for (std::size_t k = 0; k < ops.size(); ++k)
        if (!has_mixed_slots(*ops[k]) && std::int64_t(sels[k].size()) != n_types)
            throw InputError(
                concat(graph.at(*ops[k]), ": its sel ", shown(sels[k]), " does not fit the number of types"));
    return checked_types(n_types, graph.at(name));
}

/// Folds a type embedding into the fitting nets that subtract their vacuum; it then is no feature.
void fold_types_of(const Graph& graph, NetTerm& term) {
    const std::int64_t n_features = n_features_of(term.fitting);
    const std::vector<bool>& has_vacuum = term.fitting.subtract_vacuum;
    if (std::find(has_vacuum.begin(), has_vacuum.end(), true) == has_vacuum.end()) return;
    for (Descriptor& descriptor : term.descriptors)
        if (auto* typed = std::get_if<SeAtten>(&descriptor)) {
            fold_types(term.fitting, typed->type_embedding, typed->type_width, n_features - typed->type_width,
                       graph.place());
            typed->output_type_embedding = false;
        }
}

/// `suffix` is that of a member of a linear combination.
NetAndPrecision read_net(const Graph& graph, const Value& model, const std::optional<std::string>& suffix) {
    NetAndPrecision out;
    out.term.fitting = read_graph_fitting(graph, model, n_types_of(graph, suffix), suffix);
    apply_output_statistics(graph, out.term.fitting, suffix);
    ReadDescriptors found = read_descriptors(graph, model, n_features_of(out.term.fitting), suffix);
    out.term.descriptors = std::move(found.descriptors);
    out.precision = std::move(found.precision);
    fold_types_of(graph, out.term);
    return out;
}

/// The constant that o_energy multiplies the stacked energies of the members with, before it adds them up.
Tensor read_factors(const Graph& graph, const std::string& place) {
    const Node* energy = graph.find("o_energy");
    if (energy == nullptr) throw InputError(concat(place, ": there is none"));
    const Node& total = graph.input(*energy, 0);
    const Node* node = total.op == "Sum" ? &graph.input(total, 0) : nullptr;
    node = node != nullptr && node->op == "Mul" ? &graph.input(*node, 1) : nullptr;
    if (node != nullptr && node->op == "StridedSlice") node = &graph.input(*node, 0);
    if (node == nullptr || node->op != "Const")
        throw InputError(concat(place, " is not the sum of constants times the energies of its members"));
    return graph.constant(*node);
}

/// By member.
std::vector<double> read_weights(const Graph& graph) {
    constexpr int most_members = 9999;
    const std::string place = concat(graph.place(), ": o_energy of a linear combination");
    Tensor factors = read_factors(graph, place);
    std::vector<int> members;
    for (const Node* node : member_energies(graph))
        members.push_back(small_number(member_of(node->name), most_members));
    std::sort(members.begin(), members.end());
    bool is_complete = members.size() == factors.size();
    for (std::size_t k = 0; is_complete && k < members.size(); ++k)
        is_complete = members[k] == static_cast<int>(k) && std::isfinite(factors.values[k]);
    if (!is_complete) {
        List weights;
        for (const double weight : factors.values) weights.emplace_back(weight);
        throw InputError(
            concat(place, " has weights ", shown(Value(std::move(weights))), " for ", members.size(), " members"));
    }
    return std::move(factors.values);
}

/// A weighted sum of models.
GraphTerms read_linear(const Graph& graph, const Value& model) {
    static const Value no_script;
    const List& scripts = model.get("models").entries();
    const std::vector<double> weights = read_weights(graph);
    GraphTerms out;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const Value& script = k < scripts.size() && scripts[k].is_mapping() ? scripts[k] : no_script;
        NetAndPrecision one = read_net(graph, script, concat("_model", k));
        weight_energies(one.term, weights[k]);
        const auto n_types = static_cast<int>(one.term.fitting.energy_shift.size());
        if (k == 0) {
            out.n_types = n_types;
            out.precision = std::move(one.precision);
        }
        if (n_types != out.n_types)
            throw InputError(
                concat(graph.place(), ": the members of the linear combination have different numbers of types"));
        out.model.terms.push_back(std::move(one.term));
    }
    if (out.model.terms.empty()) throw InputError(concat(graph.place(), ": a linear combination of no models"));
    return out;
}

}  // namespace

GraphTerms read_terms(const Graph& graph, const Value& model) {
    const std::vector<const Node*> tables = graph.with_op({"PairTab"});
    if (!member_energies(graph).empty() || is_linear(model.get("type").text())) {
        const char* in_linear = " in a linear combination of a TensorFlow graph";
        if (!tables.empty()) throw refusal(graph.place(), concat("a pair table", in_linear));
        if (has_type_net(graph)) throw refusal(graph.place(), concat("a type embedding", in_linear));
        return read_linear(graph, model);
    }
    NetAndPrecision net = read_net(graph, model, std::nullopt);
    GraphTerms out;
    out.n_types = static_cast<int>(net.term.fitting.energy_shift.size());
    out.precision = std::move(net.precision);
    out.model.terms.push_back(std::move(net.term));
    if (!tables.empty()) {
        out.model.pair_terms.push_back(read_graph_pair_table(graph, tables, out.n_types));
        out.model.bridge = read_graph_bridge(graph);
    }
    return out;
}

}  // namespace dpmd::importers
