#pragma once
// The section of a descriptor with attention, from its module in a TorchScript model.
#include "importers/torch/module.hpp"

namespace dpmd::importers {

Value attention_descriptor(const TorchModule& module);

/// The smallest norm that PyTorch divides by when it normalises vectors.
constexpr double torch_norm_floor = 1e-12;

}  // namespace dpmd::importers
