#include "importers/torch/module_terms.hpp"

#include <string>
#include <utility>

#include "core/text.hpp"
#include "importers/torch/module_descriptors.hpp"
#include "importers/torch/module_fitting.hpp"

namespace dpmd::importers {
namespace {

/// The type of a combination of models in the dictionary, by the class of its module; empty for other classes.
std::string_view combination_type(std::string_view class_name) {
    if (class_name == "LinearEnergyAtomicModel") return "linear";
    return class_name == "DPZBLLinearEnergyAtomicModel" ? "zbl" : "";
}

Mapping combination(const TorchModule& atomic, const Value& script) {
    const auto members = atomic.module("models").numbered();
    const List& scripts = script.get("models").entries();
    List models;
    for (std::size_t k = 0; k < members.size(); ++k) {
        const Value& one = scripts.size() == members.size() ? scripts[k] : script;
        models.push_back(members[k] ? section_of_module(*members[k], one, true) : Value());
    }
    Mapping out;
    add(out, "type", std::string(combination_type(atomic.class_name())));
    add(out, "models", std::move(models));
    for (const char* name : {"weights", "sw_rmin", "sw_rmax", "smin_alpha"}) add(out, name, atomic.get(name));
    return out;
}

Mapping pair_table(const TorchModule& atomic) {
    Mapping out, table, variables;
    for (const char* name : {"tab_info", "tab_data"}) add(variables, name, atomic.get(name));
    add(table, "ntypes", atomic.get("ntypes"));
    add(table, "@variables", std::move(variables));
    add(out, "type", std::string("pairtab"));
    for (const char* name : {"rcut", "sel"}) add(out, name, atomic.get(name));
    add(out, "tab", std::move(table));
    return out;
}

Mapping single(const TorchModule& atomic, const Value& script) {
    Value descriptor = descriptor_of_module(atomic, script.get("descriptor"));
    const Value* first = descriptor.get("list").is_list() ? &descriptor.get("list").entries().front() : &descriptor;
    Value fitting = fitting_of_module(atomic.module("fitting_net"), script.get("fitting_net"), types_of(*first));
    Mapping out;
    add(out, "type", std::string("standard"));
    add(out, "descriptor", std::move(descriptor));
    add(out, "fitting", std::move(fitting));
    return out;
}

Mapping parts_of(const TorchModule& atomic, const Value& script, bool is_member) {
    if (!is_member && !combination_type(atomic.class_name()).empty()) return combination(atomic, script);
    if (atomic.class_name() == "PairTabAtomicModel") return pair_table(atomic);
    return single(atomic, script);
}

}  // namespace

Value section_of_module(const TorchModule& atomic, const Value& script, bool is_member) {
    Mapping section = parts_of(atomic, script, is_member), variables;
    Value type_map = atomic.get("type_map");
    const int n_types = int(type_map.entries().size());
    const Array pairs = exclusion_mask(atomic, "pair_excl"), atoms = exclusion_mask(atomic, "atom_excl");
    add(section, "type_map", std::move(type_map));
    add(section, "pair_exclude_types",
        excluded_pairs(pairs.get(), n_types, concat(atomic.whole_place(), ".pair_excl")));
    add(section, "atom_exclude_types", excluded_atoms(atoms.get(), n_types));
    for (const char* name : {"out_bias", "out_std"}) add(variables, name, atomic.get(name));
    add(section, "@variables", std::move(variables));
    return Value(std::move(section));
}

}  // namespace dpmd::importers
