#pragma once
// Whether a checkpoint belongs to a model.
#include <string>

#include "dpmd/potential.hpp"
#include "md/checkpoint.hpp"

namespace dpmd::md {

/// The "file" or "sha256" of a model's source, empty when its metadata has none.
std::string model_source(const ModelInfo& model, const char* key);
/// Precision and compression in words: "double, exact nets", "mix32, moment form of 44 45 functions to 1e-06 eV/Å".
std::string model_form(const Potential& potential);
/// Throws InputError when the type map, the source or the form differ.
void check_same_model(const Checkpoint& checkpoint, const Potential& potential, const std::string& path);
/// Throws InputError when the model at hand gives the checkpoint's atoms another energy.
void check_same_energy(const Checkpoint& checkpoint, const Potential& potential, double energy,
                       const std::string& path);

}  // namespace dpmd::md
