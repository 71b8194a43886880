#pragma once
// Whether the parts of a ModelSpec fit together.
#include <string>

#include "models/model_spec.hpp"

namespace dpmd {

/// InputError that begins with `name` and says which part does not fit which.
void check_model(const ModelSpec& model, const std::string& name);

}  // namespace dpmd
