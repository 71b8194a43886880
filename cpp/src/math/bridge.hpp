#pragma once
// How DP-ZBL joins a pair table to the nets: the weight of the table by the soft minimum of the distances to an atom's
// neighbours,
//   sigma = sum_j r_j x_j / sum_j x_j,  x_j = exp(-r_j / a).
// Distances enter as their excess over the least, so that nothing underflows.
#include <cmath>

#include "math/hd.hpp"

namespace dpmd {

/// x_j of a neighbour of an atom whose nearest is at `least`.
DPMD_HD double soft_minimum_term(double distance, double least, double softness) {
    return ::exp((least - distance) / softness);
}

/// The soft minimum of an atom's distances.
struct SoftMinimum {
    double sigma = 0;      ///< Å
    double least = 0;      ///< Å, the least distance
    double scale = 0;      ///< of the terms x_j: one over their sum, where that is not too small
    bool is_true = false;  ///< the sum is not too small
};

/// From the sums of x_j and of r_j x_j; `least_sum` as in Bridge.
DPMD_HD SoftMinimum soft_minimum(double least, double sum, double weighted, double softness, double least_sum) {
    if (!(sum > 0)) return {};                     // no neighbours
    const double unit = ::exp(-least / softness);  // of the x_j, which are relative to it
    const bool is_true = least_sum == 0 || unit * sum >= least_sum;
    const double scale = is_true ? 1 / sum : unit / least_sum;
    return {scale * weighted, least, scale, is_true};
}

/// d sigma / d r_j
DPMD_HD double soft_minimum_slope(double distance, const SoftMinimum& minimum, double softness) {
    const double share = minimum.scale * soft_minimum_term(distance, minimum.least, softness);
    return share * (1 + ((minimum.is_true ? minimum.sigma : 0) - distance) / softness);
}

/// The weight of the table, 1 below inner and 0 from outer on, and its derivative by sigma. `width` is stored, not
/// recomputed: TensorFlow computes it in single precision.
DPMD_HD ValueSlope<double> bridge_weight(double sigma, double inner, double outer, double width) {
    if (sigma < inner) return {1, 0};
    if (!(sigma < outer)) return {0, 0};
    const double u = (sigma - inner) / width;
    return {u * u * u * (u * (15 - 6 * u) - 10) + 1, -30 * u * u * (u - 1) * (u - 1) / width};
}

}  // namespace dpmd
