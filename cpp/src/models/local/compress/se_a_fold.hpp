#pragma once
// How the moment form of se_e2_a takes the place of its descriptor in the first layer of a fitting net.
#include <vector>

#include "models/local/se_a.hpp"

namespace dpmd::compress {

inline int n_axis_channels_of(const SeA& descriptor) { return descriptor.axis_neuron; }

/// Weights [n_features][n_out] of the features S_lk = sum_c m_cl m_ck of moments m, l < min(n_axis, n_basis),
/// l <= k < n_basis, by l, then k; in place of those of D = M (M_<)^T in the first layer.
std::vector<double> fold_weights(const SeA& descriptor, const Layer& first, const std::vector<double>& directions,
                                 int n_basis);

}  // namespace dpmd::compress
