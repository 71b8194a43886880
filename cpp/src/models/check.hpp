#pragma once
// Whether the parts of a ModelData fit together.
#include <string>

#include "models/model_data.hpp"

namespace dpmd {

/// InputError that begins with `name` and says which part does not fit which.
void check_model(const ModelData& model, const std::string& name);

}  // namespace dpmd
