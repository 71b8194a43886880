#include "importers/dpmodel/terms.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/descriptors.hpp"
#include "importers/dpmodel/finish_terms.hpp"
#include "importers/dpmodel/fitting.hpp"
#include "importers/kind.hpp"
#include "importers/pair_table.hpp"
#include "importers/shown.hpp"
#include "importers/weighting.hpp"

namespace dpmd::importers {
namespace {

constexpr int highest_version = 2, highest_combination_version = 3;  // whose meaning is known
constexpr double least_sum = 1e-20;                                  // of the soft minimum, in PyTorch

std::string type_of(const Section& model) { return model.text("type", "standard"); }

Terms read_net(const Section& model, std::string_view lower_input) {
    check_version(model, highest_version);
    NetTerm term;
    term.descriptors = read_descriptors(model.section("descriptor"), lower_input);
    const int n_types = environment_of(term.descriptors.front()).n_types();
    ReadFitting read = read_fitting(model.section("fitting"), n_types, model.integers_or_empty("atom_exclude_types"));
    term.fitting = std::move(read.fitting);
    Terms out;
    out.terms.emplace_back(std::move(term));
    out.precision = std::move(read.precision);
    finish(out, model, n_types);
    return out;
}

/// Slots by type, or one number for all of them, which may stand alone in a list.
void read_slots(const Section& model, PairTable& out) {
    const Value& sel = model.get("sel");
    if (!sel.is_list()) return set_shared_slots(out, model.integer("sel"));
    const std::vector<int> slots = model.integers("sel");
    const std::vector<int> checked = checked_sel({slots.begin(), slots.end()}, model.at("sel"));
    if (checked.size() == 1) return set_shared_slots(out, checked.front());
    const std::size_t n_types = out.energy_shift.size();
    if (checked.size() != n_types)
        throw InputError(concat(model.at("sel"), " has ", checked.size(), " entries for ", n_types, " types"));
    set_slots(out, checked);
}

Terms read_pair_table_model(const Section& model) {
    check_version(model, highest_version);
    const Section tab = model.section("tab"), variables = tab.section("@variables");
    const auto info = variables.array("tab_info"), data = variables.array("tab_data");
    if (!info || !data) throw InputError(concat(variables.place(), ": no tab_info and tab_data"));
    const int n_types = checked_types(tab.integer("ntypes"), tab.at("ntypes"));
    PairTable table = read_pair_table(*info, *data, n_types, model.number("rcut"), tab.place());
    read_slots(model, table);
    Terms out;
    out.terms.emplace_back(std::move(table));
    out.precision = "float64";
    finish(out, model, n_types);
    return out;
}

std::vector<Terms> read_members(const Section& model, std::string_view lower_input) {
    std::vector<Terms> out;
    for (const std::optional<Section>& member : model.sections("models")) {
        if (!member || is_linear(type_of(*member)) || type_of(*member) == "zbl")
            throw InputError(concat(model.at("models"), ": a member is no model by itself"));
        out.push_back(read_terms(*member, lower_input));
    }
    if (out.empty()) throw InputError(concat(model.at("models"), ": a combination of no models"));
    return out;
}

void check_type_maps(const Section& model, const std::vector<Terms>& members) {
    const std::vector<std::string>& type_map = members.front().type_map;
    std::vector<std::string> maps;
    maps.reserve(members.size());
    for (const Terms& member : members) maps.push_back(joined(member.type_map, " "));
    const auto differs = [&](const Terms& member) { return member.type_map != type_map; };
    if (std::any_of(members.begin(), members.end(), differs))
        throw InputError(concat(model.at("models"),
                                ": the members have different type maps: ", first_characters(joined(maps, "; "), 400)));
    if (!model.has("type_map")) return;
    const List& own = model.list("type_map");
    const auto is_same = [](const Value& a, const std::string& b) { return a.as<std::string>() && a.text() == b; };
    if (!std::equal(own.begin(), own.end(), type_map.begin(), type_map.end(), is_same))
        throw InputError(concat(model.at("type_map"), ": not the type map of the members, ", joined(type_map, " ")));
}

/// The terms of all members, with the exclusions and the bias of the combination.
Terms combined(const Section& model, std::vector<Terms> members, std::optional<Bridge> bridge) {
    check_type_maps(model, members);
    Terms out;
    for (Terms& member : members)
        for (Term& term : member.terms) out.terms.push_back(std::move(term));
    out.precision = std::move(members.front().precision);
    out.bridge = bridge;
    finish(out, model, static_cast<int>(members.front().type_map.size()));
    out.type_map = std::move(members.front().type_map);
    return out;
}

/// The weights of the members of a linear combination.
std::vector<double> read_weights(const Section& model, std::size_t n) {
    const Value mean{std::string("mean")};
    const Value& weights = model.has("weights") ? model.get("weights") : mean;
    if (weights.text() == "mean") return std::vector<double>(n, 1.0 / double(n));
    if (weights.text() == "sum") return std::vector<double>(n, 1.0);
    if (!weights.is_list() || weights.entries().size() != n)
        throw InputError(
            concat(model.at("weights"), ": expected 'mean', 'sum' or ", n, " numbers, found ", shown(weights)));
    std::vector<double> out;
    for (const Value& weight : weights.entries()) out.push_back(as_number(weight, model.at("weights", out.size())));
    return out;
}

Terms read_linear(const Section& model, std::string_view lower_input) {
    check_version(model, highest_combination_version);
    std::vector<Terms> members = read_members(model, lower_input);
    const std::vector<double> weights = read_weights(model, members.size());
    for (std::size_t k = 0; k < members.size(); ++k)
        for (Term& term : members[k].terms) std::visit([&](auto& one) { weight_energies(one, weights[k]); }, term);
    return combined(model, std::move(members), std::nullopt);
}

/// Throws unless a bridge can join the only terms of the members.
void check_bridged(const Section& model, const std::vector<Terms>& members) {
    const std::string place = model.at("models");
    const auto* net = members.size() == 2 ? std::get_if<NetTerm>(&members[0].terms.front()) : nullptr;
    const auto* table = members.size() == 2 ? std::get_if<PairTable>(&members[1].terms.front()) : nullptr;
    if (!net || !table) throw InputError(concat(place, ": a zbl model is one model with networks and one pair table"));
    for (const Descriptor& one : net->descriptors)
        if (environment_of(one).cutoff > table->cutoff)
            throw InputError(concat(place, ": the pair table ends at ", table->cutoff, " Å, before the descriptor"));
    if (!table->pair_exclude_types.empty() || !net->atom_exclude_types.empty() || !table->atom_exclude_types.empty())
        throw InputError(concat(place, ": the members of a zbl model have exclusions of their own"));
}

Terms read_bridged(const Section& model, std::string_view lower_input) {
    check_version(model, highest_combination_version);
    std::vector<Terms> members = read_members(model, lower_input);
    check_bridged(model, members);
    Bridge bridge;
    bridge.softness = model.number("smin_alpha", 0.1);
    bridge.inner = model.number("sw_rmin");
    bridge.outer = model.number("sw_rmax");
    bridge.width = bridge.outer - bridge.inner;
    bridge.least_sum = least_sum;
    return combined(model, std::move(members), bridge);
}

}  // namespace

Terms read_terms(const Section& model, std::string_view lower_input) {
    const std::string type = type_of(model);
    if (type == "pairtab") return read_pair_table_model(model);
    if (is_linear(type)) return read_linear(model, lower_input);
    if (type == "zbl") return read_bridged(model, lower_input);
    return read_net(model, lower_input);
}

}  // namespace dpmd::importers
