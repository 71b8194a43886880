#pragma once
// Folds the bases of a centre type into the first layer of its fitting net.
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd::compress {

/// Makes the same net as a function of the features of the compressed forms, descriptor by descriptor. The first layer
/// must have no skip connection.
class FittingFold {
public:
    explicit FittingFold(const Network& fitting);

    /// The rows of the first layer as trained for the next n features, as a layer of their own.
    Layer take(int n);
    /// Puts rows in their place, [n][n_out]; returns n, the number of features that the compressed form has.
    int put(const std::vector<double>& weight);
    /// The net, after all descriptors; the weights of the parameters behind the features stay as they are.
    Network finish();

private:
    const Network& fitting_;
    int n_taken_ = 0;  // rows of its first layer
    Layer folded_;
};

}  // namespace dpmd::compress
