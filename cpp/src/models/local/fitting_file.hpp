#pragma once
// The part of a .dpmd file that holds a fitting net.
#include <cstdint>

#include "models/document.hpp"
#include "models/local/fitting.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// `n_features`: what the descriptors give for an atom. InputError when the nets do not take it, with the parameters
/// behind it, or are not for energies.
Fitting read_fitting(const Entry& entry, int n_types, std::int64_t n_features);
void write(const NewEntry& entry, const Fitting& fitting);

}  // namespace dpmd
