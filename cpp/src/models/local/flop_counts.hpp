#pragma once
// Floating-point operations of the parts of a local model, forwards and backwards together: what the formulas ask for,
// products and sums, that is twice the number of multiply-adds. n: components of an environment row.
#include "models/nets/network.hpp"

namespace dpmd {

/// One row through the layers of a net, forwards and back to its input: two multiply-adds per weight.
inline double flop_of(const Network& network) {
    double sum = 0;
    for (const Layer& layer : network.layers) sum += 4.0 * layer.n_in * layer.n_out;
    return sum;
}

/// Per row and function of the moment form: polynomial 5 and moments n forwards; value and slope 9, gradient of the
/// function n, slope times gradient 1 and row gradient n backwards.
constexpr double flop_per_table_function(int n) { return 2 * ((5 + n) + (9 + n + 1 + n)); }
/// Per row and channel of an embedding net: moments n forwards; gradients of the channel and of the row 2n backwards.
constexpr double flop_per_channel(int n) { return 2 * (n + 2 * n); }
/// Per pair of neighbours of a three-body descriptor and channel of its net: the sum 1 forwards; gradients of the
/// channel and of the pair 2 backwards.
constexpr double flop_per_angle_channel = 2 * (1 + 2);
/// Per pair of neighbours in its table form: product of directions 3 and place 4; eight powers of the place and their
/// sums 16 forwards; slope 7 and gradients of two directions 6 backwards.
constexpr double flop_per_angle = 2 * (3 + 4 + 16 + 7 + 6);
/// Per feature: n forwards, 2n backwards.
constexpr double flop_per_feature(int n) { return 2 * (n + 2 * n); }

}  // namespace dpmd
