#include "engine/inputs.hpp"

#include <string>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

std::string describe_inputs(const ModelSpec& model) {
    std::string types;
    for (const std::string& name : model.type_map) types += (types.empty() ? "" : " ") + name;
    return concat("types ", types, ", ", model.fitting.n_fparam, " frame and ", model.fitting.n_aparam,
                  " atomic parameters");
}

}  // namespace

std::span<const double> parameters_or_default(const FittingSpec& fitting, std::span<const double> fparam) {
    if (fitting.n_fparam == 0 || !fparam.empty()) return fparam;
    if (!fitting.default_fparam)
        throw InputError(
            concat("this model takes ", fitting.n_fparam, " frame parameters and has no default; give fparam"));
    return *fitting.default_fparam;
}

OverflowPolicy overflow_policy(const std::string& name) {
    if (name == "error") return OverflowPolicy::error;
    if (name == "keep_nearest") return OverflowPolicy::keep_nearest;
    throw InputError(concat("overflow = '", name, "' is not one of: error, keep_nearest"));
}

void require_same_inputs(const ModelSpec& first, const ModelSpec& other) {
    if (other.type_map == first.type_map && other.fitting.n_fparam == first.fitting.n_fparam &&
        other.fitting.n_aparam == first.fitting.n_aparam)
        return;
    throw InputError(concat("a model with ", describe_inputs(other), " cannot be used together with one with ",
                            describe_inputs(first), "; both must be the same"));
}

}  // namespace dpmd
