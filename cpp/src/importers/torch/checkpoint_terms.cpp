#include "importers/torch/checkpoint_terms.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/descriptors.hpp"
#include "importers/kind.hpp"
#include "importers/torch/checkpoint_descriptors.hpp"
#include "importers/torch/checkpoint_fitting.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t table_numbers = 4;  // least distance, spacing, number of intervals and of types
constexpr double default_cutoff = 6.0;

bool holds(const Mapping& mapping, std::string_view key) {
    return std::any_of(mapping.begin(), mapping.end(), [&](const Member& one) { return one.key == key; });
}

Value list_of(const Section& params, std::string_view key) { return Value(params.list_or_empty(key)); }

std::string member_place(std::size_t k) { return concat(atomic_model, ".models.", k); }

Mapping single(const CheckpointWeights& weights, const Section& params, const std::string& prefix) {
    const Section section = params.section("descriptor");
    const Value type_map = list_of(params, "type_map");
    const std::string place = prefix + ".descriptor";
    const bool is_hybrid = section.text("type") == "hybrid";
    const std::vector<Section> parts = descriptor_parts(section);
    std::vector<Value> descriptors;
    for (std::size_t k = 0; k < parts.size(); ++k)
        descriptors.push_back(descriptor_of_checkpoint(
            weights, parts[k], is_hybrid ? concat(place, ".descrpt_list.", k) : place, type_map));
    Value fitting = fitting_of_checkpoint(weights, params.section("fitting_net"), types_of(descriptors.front()),
                                          prefix + ".fitting_net");
    Mapping out;
    add(out, "type", std::string("standard"));
    add(out, "descriptor", joined_descriptors(std::move(descriptors)));
    add(out, "fitting", std::move(fitting));
    return out;
}

Mapping linear(const CheckpointWeights& weights, const Section& params) {
    List models;
    const auto members = params.sections("models");
    for (std::size_t k = 0; k < members.size(); ++k) {
        if (!members[k]) throw InputError(params.at("models") + ": a member is null");
        Mapping settings = *members[k]->value().as<Mapping>();
        if (!holds(settings, "type_map")) add(settings, "type_map", list_of(params, "type_map"));
        const Value value(std::move(settings));
        models.push_back(
            section_of_checkpoint(weights, Section(value, members[k]->place(), params.budget()), member_place(k)));
    }
    Mapping out;
    add(out, "type", std::string("linear"));
    add(out, "models", std::move(models));
    add(out, "weights", params.has("weights") ? params.get("weights") : Value(std::string("mean")));
    return out;
}

/// DP-ZBL has the settings of the model with nets and a few more; the table sees what the descriptor does.
Mapping bridged(const CheckpointWeights& weights, const Section& params) {
    const Section sight = params.section("descriptor");
    Mapping net, table;
    for (const char* name : {"descriptor", "fitting_net"}) add(net, name, params.get(name));
    add(table, "type", std::string("pairtab"));
    add(table, "rcut", sight.number("rcut", default_cutoff));
    add(table, "sel", sight.get("sel"));
    List models;
    for (Mapping* settings : {&net, &table}) {
        add(*settings, "type_map", list_of(params, "type_map"));
        const Value value(std::move(*settings));
        models.push_back(section_of_checkpoint(weights, Section(value, params.place(), params.budget()),
                                               member_place(models.size())));
    }
    Mapping out;
    add(out, "type", std::string("zbl"));
    add(out, "models", std::move(models));
    for (const char* name : {"sw_rmin", "sw_rmax", "smin_alpha"}) add(out, name, params.find(name));
    return out;
}

Mapping pair_table(const CheckpointWeights& weights, const Section& params, const std::string& prefix) {
    const Array info = weights.array(prefix + ".tab_info");
    if (!info || info->size() != table_numbers)
        throw InputError(concat(params.place(), ": no table at ", prefix, ".tab_info"));
    const double n_types = info->values.back();
    if (!(n_types >= 0 && n_types < 1e9)) throw InputError(concat(params.place(), ": a table for ", n_types, " types"));
    Mapping out, table, variables;
    add(variables, "tab_info", info);
    add(variables, "tab_data", weights.value(prefix + ".tab_data"));
    add(table, "ntypes", std::int64_t(n_types));
    add(table, "@variables", std::move(variables));
    add(out, "type", std::string("pairtab"));
    for (const char* name : {"rcut", "sel"}) add(out, name, params.get(name));
    add(out, "tab", std::move(table));
    return out;
}

Mapping parts_of(const CheckpointWeights& weights, const Section& params, const std::string& prefix) {
    const bool is_member = prefix != atomic_model;
    if (!is_member && params.has("use_srtab")) return bridged(weights, params);
    const std::string type = params.text("type", "standard");
    if (!is_member && is_linear(type)) return linear(weights, params);
    return type == "pairtab" ? pair_table(weights, params, prefix) : single(weights, params, prefix);
}

}  // namespace

Value section_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix) {
    Mapping section = parts_of(weights, params, prefix), variables;
    for (const char* name : {"type_map", "pair_exclude_types", "atom_exclude_types"})
        add(section, name, list_of(params, name));
    for (const char* name : {"out_bias", "out_std"}) add(variables, name, weights.value(concat(prefix, ".", name)));
    add(section, "@variables", std::move(variables));
    return Value(std::move(section));
}

}  // namespace dpmd::importers
