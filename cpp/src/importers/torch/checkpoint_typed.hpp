#pragma once
// The descriptors of a checkpoint that have a type embedding, as sections of the model dictionary.
#include <string>

#include "importers/dpmodel/section.hpp"
#include "importers/torch/checkpoint_weights.hpp"
#include "importers/torch/descriptor_layouts.hpp"

namespace dpmd::importers {

/// The descriptor with these settings, whose tensors begin with `prefix`.
Value attention_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                              const Value& type_map, const DescriptorLayout& layout);
Value three_body_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                               const Value& type_map, const DescriptorLayout& layout);

}  // namespace dpmd::importers
