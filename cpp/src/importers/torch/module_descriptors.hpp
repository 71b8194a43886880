#pragma once
// The descriptors of a TorchScript model as sections of the model dictionary.
#include "importers/torch/module.hpp"

namespace dpmd::importers {

/// The descriptor of an atomic model. `script` are the settings that it was trained with, or null.
Value descriptor_of_module(const TorchModule& atomic, const Value& script);

}  // namespace dpmd::importers
