#pragma once
// The atomic models in a TorchScript model as sections of the model dictionary.
#include "importers/torch/module.hpp"

namespace dpmd::importers {

/// The section of a model, or, with `is_member`, of a member of a combination. `script` are the settings that it was
/// trained with.
Value section_of_module(const TorchModule& atomic, const Value& script, bool is_member = false);

}  // namespace dpmd::importers
