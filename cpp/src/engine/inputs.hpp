#pragma once
// Whether models take the same inputs, and options by their names.
#include <string>

#include "backend/evaluator.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// Throws InputError unless both models have the same types in the same order and take the same parameters.
void require_same_inputs(const ModelData& first, const ModelData& other);

/// The policy called "error" or "keep_nearest".
OverflowPolicy overflow_policy(const std::string& name);

}  // namespace dpmd
