#pragma once
// Where a compressed model looks up its radial functions: equal intervals of u = x/(x + softening), which spreads the
// knots over short and long distances alike. x is s, or the distance where the functions are not smooth in s.
#include "math/environment.hpp"
#include "math/hd.hpp"

namespace dpmd {

struct MomentGrid {
    double softening = 1;      ///< of x
    double inverse_step = 0;   ///< intervals per unit of u
    int n_intervals = 0;       ///< the first one begins at the cutoff
    double begin = 0;          ///< u at the cutoff
    bool of_distance = false;  ///< x is the distance
};

/// (u - begin)/step, whose whole part is the interval, and its derivative with respect to x; for a scalar or a vector
/// of lanes.
template <class V>
DPMD_HD ValueSlope<V> moment_place(V x, const MomentGrid& grid) {
    const V inverse = 1.0 / (x + grid.softening);
    return {(x * inverse - grid.begin) * grid.inverse_step, grid.softening * inverse * inverse * grid.inverse_step};
}

/// A derivative with respect to s from one with respect to the distance. Within rounding of the cutoff, where s has no
/// slope, it is 0.
DPMD_HD double slope_by_s(double slope_by_distance, double s_slope) {
    constexpr double least = 1e-30;  // 1/Å²: the quotient is a number in single precision too
    return s_slope < -least ? slope_by_distance / s_slope : 0.0;
}

/// The place of a neighbour at the distance r, and its derivative with respect to s.
DPMD_HD ValueSlope<double> moment_place_of(double r, const EnvironmentRadial<double>& f, const MomentGrid& grid) {
    ValueSlope<double> place = moment_place<double>(grid.of_distance ? r : f.s, grid);
    if (grid.of_distance) place.slope = slope_by_s(place.slope, f.s_slope);
    return place;
}

}  // namespace dpmd
