#pragma once
// Folds the basis of a centre type into the first layer of its fitting net.
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd::compress {

/// The same net as a function of S_lk (SeA::n_moment_features) instead of D = M (M_<)^T. `directions` is
/// [n_basis][n_channels], with the axis channels in the first n_axis rows' span. The first layer must have no skip
/// connection.
Network fold_fitting(const Network& fitting, const std::vector<double>& directions, int n_basis, int n_channels,
                     int n_axis_channels);

}  // namespace dpmd::compress
