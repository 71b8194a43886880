#pragma once
// The parameters that models take besides atoms.
#include <span>

#include "models/model_data.hpp"

namespace dpmd {

struct ModelParameters {
    std::span<const double> fparam;  ///< [n_fparam]; empty: each model's default
    std::span<const double> aparam;  ///< [n_atoms][n_aparam]
};

/// Throws InputError unless there are as many parameters as a model takes, and frame parameters are finite.
void require_counts(const ModelTraits& traits, const ModelParameters& parameters, std::size_t n_atoms);
/// Throws InputError also where an atomic parameter is not finite.
void require_parameters(const ModelTraits& traits, const ModelParameters& parameters, std::size_t n_atoms);
/// The given frame parameters, or the model's default where there are none. Throws InputError when it has no default.
std::span<const double> parameters_or_default(const ModelTraits& traits, std::span<const double> fparam);

}  // namespace dpmd
