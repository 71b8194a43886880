#include "importers/torch/module_fitting.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view with_forces = "EnergyFittingNetDirect";
constexpr std::array classes{std::string_view("EnergyFittingNet"), with_forces, std::string_view("InvarFitting")};

/// Types that are taken without their vacuum have an energy of their own in the dictionary.
Value assigned_energies(const Value& without_vacuum) {
    List out;
    for (const Value& flag : without_vacuum.entries()) out.push_back(flag.is_true() ? Value(true) : Value());
    return Value(std::move(out));
}

Value type_of(const TorchModule& module, const Value& script) {
    if (module.class_name() == with_forces) return Value(std::string("direct_force_ener"));
    const auto* settings = script.as<Mapping>();
    const auto is_type = [](const Member& one) { return one.key == "type"; };
    if (settings == nullptr || std::none_of(settings->begin(), settings->end(), is_type))
        return Value(std::string("ener"));
    return script.get("type");
}

}  // namespace

Value fitting_of_module(const TorchModule& module, const Value& script, int n_types) {
    if (std::find(classes.begin(), classes.end(), module.class_name()) == classes.end())
        throw refusal(module.place(), concat("the fitting net ", shown(module.class_name())));
    const bool mixed = module.get("mixed_types").is_true();
    const Array mask = exclusion_mask(module, "emask");
    Value default_fparam = module.get("default_fparam");
    Mapping out, variables;
    add(out, "type", type_of(module, script));
    add(out, "mixed_types", mixed);
    for (const char* name : {"numb_fparam", "numb_aparam", "dim_case_embd", "use_aparam_as_mask", "precision"})
        add(out, name, module.get(name));
    add(out, "default_fparam", default_fparam.is_list() ? std::move(default_fparam) : Value());
    add(out, "exclude_types", excluded_atoms(mask.get(), n_types));
    add(out, "atom_ener", assigned_energies(module.get("remove_vaccum_contribution")));
    add(out, "nets", collection(module_networks(module.module("filter_layers")), mixed ? 0 : 1, n_types));
    for (const char* name :
         {"bias_atom_e", "fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std", "case_embd"})
        add(variables, name, module.get(name));
    add(out, "@variables", std::move(variables));
    return Value(std::move(out));
}

}  // namespace dpmd::importers
