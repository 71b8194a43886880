#pragma once
// The fitting net of a checkpoint as a section of the model dictionary.
#include <string>

#include "importers/dpmodel/section.hpp"
#include "importers/torch/checkpoint_weights.hpp"

namespace dpmd::importers {

/// The fitting net with these settings, whose tensors begin with `prefix`.
Value fitting_of_checkpoint(const CheckpointWeights& weights, const Section& params, int n_types,
                            const std::string& prefix);

}  // namespace dpmd::importers
