#pragma once
// Folds the bases of a centre type into the first layer of its fitting net. What differs between descriptors is in
// files of their own, NAME_fold.cpp.
#include <vector>

#include "models/local/descriptors.hpp"

namespace dpmd::compress {

/// Makes the same net as a function of the features of the moment forms, descriptor by descriptor. The first layer must
/// have no skip connection.
class FittingFold {
public:
    explicit FittingFold(const Network& fitting);

    /// Takes the next descriptor of the term, and returns how many features its form has. `directions` is
    /// [n_basis][n_channels], the axis channels in the span of its first rows.
    int next(const Descriptor& descriptor, const std::vector<double>& directions, int n_basis);
    /// The net, after all descriptors; the weights of the parameters behind the features stay as they are.
    Network finish();

private:
    /// The next n rows of the first layer as trained, as a layer of their own.
    Layer take(int n);

    const Network& fitting_;
    int n_taken_ = 0;  // rows of its first layer
    Layer folded_;
};

}  // namespace dpmd::compress
