#include "importers/tensorflow/graph_fitting.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/layers.hpp"
#include "importers/tensorflow/node_names.hpp"

namespace dpmd::importers {
namespace {

constexpr std::int64_t most_parameters = 65536;  // as many as a layer may have inputs

/// Where the fitting nets of a graph are.
struct FittingPlace {
    bool is_mixed = false;  ///< one net serves all types
    std::string suffix;     ///< what ends the scopes of fitting nets: nothing but in combined models
    std::string common;     ///< the scope of the numbers of parameters, which members have in common
};

void refuse_unsupported(const Graph& graph, const Value& model) {
    const Value& section = model.get("fitting_net");
    // a descriptor may average, in the scopes of its embedding nets and of its attention
    const std::vector<const Node*> means = graph.matching("Mean", [](std::string_view name) {
        return !name.starts_with("filter_type_") && !name.starts_with("attention_layer_");
    });
    if (section.get("tot_ener_zero").is_true() || !means.empty())
        throw refusal(graph.place(), "a mean energy shifted to zero (tot_ener_zero)");
    const std::vector<const Node*> masks = graph.constants(
        [](std::string_view name) { return name.starts_with("fitting_attr") && name.ends_with("/aparam_nall"); });
    const bool is_masked = std::any_of(masks.begin(), masks.end(), [&](const Node* mask) {
        const std::vector<double> values = graph.constant(*mask).values;
        return std::any_of(values.begin(), values.end(), [](double x) { return x != 0; });
    });
    if (section.get("use_aparam_as_mask").is_true() || is_masked)
        throw refusal(graph.place(), "an atomic parameter used as a mask (use_aparam_as_mask)");
}

/// The suffixes of last layers: of nets by type, and of nets for all types.
void find_suffixes(const Graph& graph, std::set<std::string>& by_type, std::set<std::string>& mixed) {
    constexpr std::string_view end = "/matrix";
    for (const Node* node : graph.constants([](std::string_view name) { return name.starts_with("final_layer"); })) {
        NameReader reader(node->name);
        reader.text("final_layer");
        const bool is_of_type = reader.text("_type_");
        if (is_of_type && reader.digits().empty()) continue;
        const std::string_view rest = reader.rest();
        if (rest.ends_with(end)) (is_of_type ? by_type : mixed).emplace(rest.substr(0, rest.size() - end.size()));
    }
}

FittingPlace only_place(const Graph& graph) {
    std::set<std::string> by_type, mixed;
    find_suffixes(graph, by_type, mixed);
    std::set<std::string> all = by_type;
    all.insert(mixed.begin(), mixed.end());
    if (by_type.size() + mixed.size() > 1) {
        List names;
        for (const std::string& name : all) names.emplace_back(name);
        throw refusal(graph.place(),
                      concat("a combination of models (fitting nets ", shown(Value(std::move(names))), ")"));
    }
    if (all.empty())
        throw InputError(
            concat(graph.place(), ": no fitting net (final_layer_type_<t>/matrix or final_layer/matrix) in the graph"));
    return {!mixed.empty(), *all.begin(), concat("fitting_attr", *all.begin())};
}

int n_parameters(const Graph& graph, const std::string& name) {
    const std::int64_t n = graph.integer(name);
    if (n < 0 || n > most_parameters)
        throw InputError(concat(graph.at(name), " = ", n, " is not between 0 and ", most_parameters));
    return static_cast<int>(n);
}

std::vector<double> vector(const Graph& graph, const std::string& name, int size) {
    return sized(graph.array(name), std::size_t(size), graph.at(name));
}

std::vector<double> statistic(const Graph& graph, const std::string& name, int size) {
    return size > 0 ? vector(graph, name, size) : std::vector<double>();
}

/// Scopes of the layers of a net in order; shared layers have names in the training script. `owner` says whose net it
/// is: "_type_0", or nothing.
std::vector<std::string> scopes_of(const Graph& graph, const Value& model, const std::string& owner,
                                   const std::string& suffix) {
    const std::string tail = owner + suffix;
    const List& shared = model.get("fitting_net").get("layer_name").entries();
    std::vector<std::string> out;
    if (std::any_of(shared.begin(), shared.end(), [](const Value& name) { return name.is_true(); })) {
        for (std::size_t k = 0; k < shared.size(); ++k) {
            if (shared[k].is_true()) out.push_back(concat("share_", shared[k].text(), owner));
            else out.push_back(k + 1 < shared.size() ? concat("layer_", k, tail) : concat("final_layer", tail));
        }
        return out;
    }
    for (;;) {
        std::string scope = concat("layer_", out.size(), tail);
        if (!graph.has(scope + "/matrix")) break;
        out.push_back(std::move(scope));
    }
    out.push_back(concat("final_layer", tail));
    return out;
}

Network read_network(const Graph& graph, const std::vector<std::string>& scopes, const Value& scripted) {
    Network out;
    for (std::size_t k = 0; k < scopes.size(); ++k) {
        const std::string matrix = scopes[k] + "/matrix";
        Layer layer = read_layer(graph, matrix, scopes[k] + "/bias", scopes[k] + "/idt");
        if (k + 1 < scopes.size()) {
            set_activation_behind(layer, graph, matrix, scripted);
            // never in the first layer and never doubling, unlike embedding nets
            layer.skip = k > 0 && layer.n_in == layer.n_out ? Skip::identity : Skip::none;
        }
        out.layers.push_back(std::move(layer));
    }
    return out;
}

/// Whether a net is also evaluated at a zero descriptor, to be subtracted.
bool is_applied_twice(const Graph& graph, const std::string& first_scope) {
    const std::size_t n_uses = products(graph, first_scope + "/matrix").size();
    if (n_uses > 2)
        throw InputError(concat(graph.at(first_scope), ": the net is applied ", n_uses, " times, expected 1 or 2"));
    return n_uses == 2;
}

/// Adds energies that a graph adds for the types that it was told them for (atom_ener), eV.
void add_assigned_energies(const Graph& graph, std::vector<double>& energies) {
    const auto n_types = static_cast<int>(energies.size());
    const auto type_of = [&](std::string_view name) {
        NameReader reader(name.substr(name.rfind('/') + 1));
        const bool begins = reader.text("atom_");
        const std::string_view digits = reader.digits();
        return begins && !digits.empty() && reader.rest() == "_ener" ? small_number(digits, n_types) : -1;
    };
    for (const Node* node : graph.constants([&](std::string_view name) { return type_of(name) >= 0; })) {
        const int type = type_of(node->name);
        if (type >= n_types) throw InputError(concat(graph.at(*node), ": there are only ", n_types, " types"));
        if (!graph.consumers(*node).empty()) energies[std::size_t(type)] += graph.number(node->name);
    }
}

}  // namespace

Fitting read_graph_fitting(const Graph& graph, const Value& model, int n_types,
                           const std::optional<std::string>& suffix) {
    refuse_unsupported(graph, model);
    const FittingPlace place =
        suffix ? FittingPlace{graph.has(concat("final_layer", *suffix, "/matrix")), *suffix, "fitting_attr"}
               : only_place(graph);
    const std::string attributes = "fitting_attr" + place.suffix;
    const Value& scripted = scripted_activation(model.get("fitting_net"));
    Fitting out;
    out.n_fparam = n_parameters(graph, place.common + "/dfparam");
    out.n_aparam = n_parameters(graph, place.common + "/daparam");
    for (int t = 0; t < (place.is_mixed ? 1 : n_types); ++t) {
        const std::string owner = place.is_mixed ? "" : concat("_type_", t);
        const std::vector<std::string> scopes = scopes_of(graph, model, owner, place.suffix);
        out.networks.push_back(read_network(graph, scopes, scripted));
        out.subtract_vacuum.push_back(is_applied_twice(graph, scopes.front()));
    }
    out.subtract_vacuum.resize(std::size_t(n_types), out.subtract_vacuum.front());
    out.energy_shift.assign(std::size_t(n_types), 0.0);
    if (const std::string bias = attributes + "/t_bias_atom_e"; graph.has(bias))
        out.energy_shift = vector(graph, bias, n_types);
    std::vector<double> assigned(std::size_t(n_types), 0.0);
    add_assigned_energies(graph, assigned);
    for (std::size_t t = 0; t < assigned.size(); ++t) out.energy_shift[t] += assigned[t];
    out.fparam_shift = statistic(graph, attributes + "/t_fparam_avg", out.n_fparam);
    out.fparam_scale = statistic(graph, attributes + "/t_fparam_istd", out.n_fparam);
    out.aparam_shift = statistic(graph, attributes + "/t_aparam_avg", out.n_aparam);
    out.aparam_scale = statistic(graph, attributes + "/t_aparam_istd", out.n_aparam);
    return out;
}

std::int64_t n_features_of(const Fitting& fitting) {
    return std::int64_t(fitting.networks.front().n_in()) - fitting.n_fparam - fitting.n_aparam;
}

}  // namespace dpmd::importers
