#include "importers/dpmodel/fitting.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/networks.hpp"
#include "importers/kind.hpp"

namespace dpmd::importers {
namespace {

constexpr int highest_version = 4;  // whose meaning is known

void refuse_unsupported(const Section& section, const std::vector<int>& excluded_atoms) {
    if (const int n_outputs = section.integer("dim_out", 1); n_outputs != 1)
        throw refusal(section.at("dim_out"), concat("a fitting net with ", n_outputs, " outputs"));
    if (section.flag("use_aparam_as_mask", false))
        throw refusal(section.place(), "an atomic parameter used as a mask (use_aparam_as_mask)");
    if (section.flag("tot_ener_zero", false))
        throw refusal(section.place(), "a mean energy shifted to zero (tot_ener_zero)");
    for (const int type : section.integers_or_empty("exclude_types"))
        if (std::find(excluded_atoms.begin(), excluded_atoms.end(), type) == excluded_atoms.end())
            throw refusal(section.at("exclude_types"), "types excluded in the fitting net alone");
}

/// One net per type, or one for all types.
void read_nets(const Section& collection, int n_types, bool is_mixed, ReadFitting& out) {
    if (collection.integer("ndim") != (is_mixed ? 0 : 1))
        throw InputError(concat(collection.at("ndim"), " contradicts mixed_types ", is_mixed ? "True" : "False"));
    for (const std::optional<Section>& net : collection.sections("networks")) {
        if (!net) throw InputError(concat(collection.at("networks"), ": a fitting net is null"));
        ReadNetwork read = read_network(*net);
        out.fitting.networks.push_back(std::move(read.network));
        out.precision = std::move(read.precision);
    }
    const auto expected = std::size_t(is_mixed ? 1 : n_types);
    if (out.fitting.networks.size() != expected)
        throw InputError(concat(collection.at("networks"), " holds ", out.fitting.networks.size(),
                                " fitting nets, expected ", expected));
}

std::vector<double> read_energy_shift(const Section& variables, int n_types) {
    const auto n = std::size_t(n_types);
    const auto bias = variables.array("bias_atom_e");
    return bias ? sized(*bias, n, variables.at("bias_atom_e")) : std::vector<double>(n, 0.0);
}

/// The types that are taken without their vacuum: those with an energy of their own. One net for all types is taken so
/// for all of them, or for none.
std::vector<bool> read_vacuum(const Section& section, int n_types, bool is_mixed) {
    const List& energies = section.list_or_empty("atom_ener");
    const auto is_given = [](const Value& energy) { return !energy.is_null(); };
    const auto n = std::size_t(n_types);
    if (is_mixed) return std::vector<bool>(n, std::any_of(energies.begin(), energies.end(), is_given));
    std::vector<bool> out(n, false);
    for (std::size_t k = 0; k < std::min(n, energies.size()); ++k) out[k] = is_given(energies[k]);
    return out;
}

std::vector<double> read_statistic(const Section& variables, const char* name, int n) {
    if (n == 0) return {};
    const auto values = variables.required_array(name);
    if (n < 0) throw InputError(concat(variables.at(name), " cannot hold ", n, " numbers"));
    return sized(*values, std::size_t(n), variables.at(name));
}

void read_parameters(const Section& section, const Section& variables, Fitting& out) {
    out.n_fparam = section.integer("numb_fparam", 0);
    out.n_aparam = section.integer("numb_aparam", 0);
    out.fparam_shift = read_statistic(variables, "fparam_avg", out.n_fparam);
    out.fparam_scale = read_statistic(variables, "fparam_inv_std", out.n_fparam);
    out.aparam_shift = read_statistic(variables, "aparam_avg", out.n_aparam);
    out.aparam_scale = read_statistic(variables, "aparam_inv_std", out.n_aparam);
    if (out.n_fparam > 0) {
        std::vector<double> values;
        for (const Value& one : section.list_or_empty("default_fparam"))
            values.push_back(as_number(one, section.at("default_fparam", values.size())));
        if (!values.empty()) out.default_fparam = std::move(values);
    }
    if (section.integer("dim_case_embd", 0) == 0) return;
    if (const auto embedding = variables.array("case_embd")) out.case_embedding = embedding->values;
}

}  // namespace

ReadFitting read_fitting(const Section& section, int n_types, const std::vector<int>& excluded_atoms) {
    check_version(section, highest_version);
    refuse_unsupported(section, excluded_atoms);
    ReadFitting out;
    out.precision = section.text("precision", "float64");
    const bool is_mixed = section.flag("mixed_types", false);
    read_nets(section.section("nets"), n_types, is_mixed, out);
    const Section variables = section.section("@variables");
    out.fitting.energy_shift = read_energy_shift(variables, n_types);
    out.fitting.subtract_vacuum = read_vacuum(section, n_types, is_mixed);
    read_parameters(section, variables, out.fitting);
    return out;
}

}  // namespace dpmd::importers
