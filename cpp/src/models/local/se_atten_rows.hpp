#pragma once
// What single rows of DPA-1 become, and what empty slots and excluded neighbours add: constants that backends prepare.
#include <vector>

#include "models/local/se_atten.hpp"

namespace dpmd {

/// A linear layer as a network, with groups of n outputs each, which begin at multiples of `group_stride`; weight
/// [n_in][n_groups n], bias [n_groups n].
Network linear_layer(const std::vector<double>& weight, const std::vector<double>& bias, int n_in, int n_groups, int n,
                     int group_stride);

/// [n_channels] the share of an empty slot in the radial component of the moments before 1/N. `kind` is the type of the
/// slot, or of the first atom of the system, or 0 where neither counts.
std::vector<double> empty_slot(const SeAtten& model, int center, int kind);

/// How many kinds of empty slots there are; 0: they add nothing.
int n_empty_slots(const SeAtten& model);

/// Whether excluded neighbours add something, and their share in each of the four components, [n_channels]. TensorFlow
/// takes their rows back to before the normalisation: they are the shift in all components.
bool has_excluded_rows(const SeAtten& model);
std::vector<double> excluded_row(const SeAtten& model, int center, int neighbor);

}  // namespace dpmd
