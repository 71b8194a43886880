#pragma once
// Whether a checkpoint belongs to a model.
#include <string>

#include "dpmd/potential.hpp"
#include "md/checkpoint.hpp"

namespace dpmd::md {

/// "file" or "sha256" of a model's source, empty when its metadata has none.
std::string model_source(const ModelInfo& model, const char* key);
/// InputError when the type map or the source differ.
void check_same_model(const Checkpoint& checkpoint, const ModelInfo& model, const std::string& path);
/// InputError when the energy of the checkpoint's atoms is another one with the model at hand.
void check_same_energy(const Checkpoint& checkpoint, double energy, const std::string& path);

}  // namespace dpmd::md
