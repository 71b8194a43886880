#pragma once
// Folds the basis of a centre type into the first layer of its fitting net. What differs between descriptors is in
// files of their own, NAME_fold.cpp.
#include <vector>

#include "models/local/descriptors.hpp"

namespace dpmd::compress {

/// The same net as a function of the features of the moment form. `directions` is [n_basis][n_channels], the axis
/// channels in the span of its first rows. The first layer must have no skip connection.
Network fold_fitting(const Descriptor& descriptor, const Network& fitting, const std::vector<double>& directions,
                     int n_basis);

}  // namespace dpmd::compress
