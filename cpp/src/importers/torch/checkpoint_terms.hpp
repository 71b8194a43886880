#pragma once
// The models of a checkpoint as sections of the model dictionary. A checkpoint does not say which layers have
// residuals; the classes that wrote it do: every layer but the last of a net has one where its widths allow. Settings
// that it leaves out have DeePMD-kit's defaults.
#include <string>

#include "importers/dpmodel/section.hpp"
#include "importers/torch/checkpoint_weights.hpp"

namespace dpmd::importers {

constexpr const char* atomic_model = "atomic_model";  ///< what the names of a model's tensors begin with

/// The section of the model, or of a member of a combination, whose tensors begin with `prefix`.
Value section_of_checkpoint(const CheckpointWeights& weights, const Section& params,
                            const std::string& prefix = atomic_model);

}  // namespace dpmd::importers
