#include "engine/parameters.hpp"

#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

void require_finite(std::span<const double> values, const char* name) {
    for (const double value : values)
        if (!std::isfinite(value)) throw InputError(concat(name, " holds ", value));
}

}  // namespace

void require_counts(const ModelTraits& traits, const ModelParameters& parameters, std::size_t n_atoms) {
    if (!parameters.fparam.empty() && parameters.fparam.size() != std::size_t(traits.n_fparam))
        throw InputError(
            concat("fparam has ", parameters.fparam.size(), " values; this model takes ", traits.n_fparam));
    if (parameters.aparam.size() != std::size_t(traits.n_aparam) * n_atoms)
        throw InputError(concat("aparam has ", parameters.aparam.size(), " values; this model takes ", traits.n_aparam,
                                " for each of ", n_atoms, " atoms"));
    require_finite(parameters.fparam, "fparam");
}

void require_parameters(const ModelTraits& traits, const ModelParameters& parameters, std::size_t n_atoms) {
    require_counts(traits, parameters, n_atoms);
    require_finite(parameters.aparam, "aparam");
}

std::span<const double> parameters_or_default(const ModelTraits& traits, std::span<const double> fparam) {
    if (traits.n_fparam == 0 || !fparam.empty()) return fparam;
    if (traits.default_fparam == nullptr)
        throw InputError(
            concat("this model takes ", traits.n_fparam, " frame parameters and has no default; give fparam"));
    return *traits.default_fparam;
}

}  // namespace dpmd
