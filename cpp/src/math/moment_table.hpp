#pragma once
// Where a compressed model looks up its radial functions: equal intervals of u = s/(s + softening), which spreads the
// knots over short and long distances alike.
#include "math/hd.hpp"

namespace dpmd {

struct MomentGrid {
    double softening = 1;     ///< 1/Å
    double inverse_step = 0;  ///< intervals per unit of u
    int n_intervals = 0;
};

/// u/step, whose whole part is the interval, and d(u/step)/ds; for a scalar or a vector of lanes.
template <class V>
DPMD_HD ValueSlope<V> moment_place(V s, const MomentGrid& grid) {
    const V inverse = 1.0 / (s + grid.softening);
    return {s * inverse * grid.inverse_step, grid.softening * inverse * inverse * grid.inverse_step};
}

}  // namespace dpmd
