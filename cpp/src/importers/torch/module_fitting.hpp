#pragma once
// The fitting net of a TorchScript model as a section of the model dictionary.
#include "importers/torch/module.hpp"

namespace dpmd::importers {

/// `script` are the settings that it was trained with, or null.
Value fitting_of_module(const TorchModule& module, const Value& script, int n_types);

}  // namespace dpmd::importers
