#include "importers/torch/checkpoint_fitting.hpp"

#include <cstdint>
#include <utility>

#include "core/text.hpp"
#include "importers/torch/checkpoint_descriptors.hpp"

namespace dpmd::importers {
namespace {

constexpr const char* default_precision = "float64";  // what "default" stands for

}  // namespace

Value fitting_of_checkpoint(const CheckpointWeights& weights, const Section& params, int n_types,
                            const std::string& prefix) {
    List networks =
        weights.networks(concat(prefix, ".", weights.dialect().fittings), activation_of_checkpoint(params), true);
    const bool mixed = n_types > 1 && networks.size() == 1;
    const Array mask = weights.array(prefix + ".emask.type_mask");
    const std::string precision = params.text("precision", "default");
    Mapping out, variables;
    add(out, "type", params.text("type", "ener"));
    add(out, "mixed_types", mixed);
    for (const char* name : {"numb_fparam", "numb_aparam", "dim_case_embd"})
        add(out, name, std::int64_t(params.integer(name, 0)));
    for (const char* name : {"use_aparam_as_mask", "tot_ener_zero"}) add(out, name, params.flag(name, false));
    for (const char* name : {"default_fparam", "atom_ener"}) add(out, name, params.find(name));
    add(out, "exclude_types", excluded_atoms(mask.get(), n_types));
    add(out, "precision", precision == "default" ? std::string(default_precision) : precision);
    add(out, "nets", collection(std::move(networks), mixed ? 0 : 1, n_types));
    for (const char* name :
         {"bias_atom_e", "fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std", "case_embd"})
        add(variables, name, weights.value(concat(prefix, ".", name)));
    add(out, "@variables", std::move(variables));
    return Value(std::move(out));
}

}  // namespace dpmd::importers
