#pragma once
// The descriptors of a checkpoint as sections of the model dictionary.
#include <string>

#include "importers/dpmodel/section.hpp"
#include "importers/torch/checkpoint_weights.hpp"

namespace dpmd::importers {

/// The descriptor with these settings, whose tensors begin with `prefix`.
Value descriptor_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                               const Value& type_map);

/// The activation of the networks of a part with these settings.
Value activation_of_checkpoint(const Section& params);

}  // namespace dpmd::importers
