#pragma once
// The parameters that models take besides positions, and options by their names.
#include <span>
#include <string>

#include "backend/evaluator.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// The parameters that models take besides atoms.
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

/// Throws InputError unless both models have the same types in the same order and take the same parameters.
void require_same_inputs(const ModelData& first, const ModelData& other);

/// The policy called "error" or "keep_nearest".
OverflowPolicy overflow_policy(const std::string& name);

}  // namespace dpmd
