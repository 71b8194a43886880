#pragma once
// Where a compressed three-body descriptor looks up its functions of theta: equal intervals of
// u = theta/(|theta| + softening), which lie close together around 0, where most pairs are.
#include "math/hd.hpp"

namespace dpmd {

/// Coefficients of a polynomial of degree 7.
inline constexpr int angle_powers = 8;

template <class Real>
struct AngleGrid {
    Real softening = 1;
    Real steps = 0;       ///< intervals per unit of u
    int n_intervals = 0;  ///< half of them for negative theta
};

/// The number of steps from 0 to theta, and its derivative with respect to theta; for a scalar or a vector of lanes.
/// Counted from 0, where most pairs are, it is rounded least there.
template <class V, class Real>
DPMD_HD ValueSlope<V> angle_step(V theta, const AngleGrid<Real>& grid) {
    const V size = theta < V{} ? -theta : theta;
    const V inverse = Real(1) / (size + grid.softening);
    return {theta * inverse * grid.steps, inverse * inverse * (grid.softening * grid.steps)};
}

template <class Real>
DPMD_HD int angle_interval(Real step, const AngleGrid<Real>& grid) {
    const int half = grid.n_intervals / 2;
    int interval = static_cast<int>(step + Real(half));
    interval = interval < grid.n_intervals - 1 ? interval : grid.n_intervals - 1;
    return interval > 0 ? interval : 0;
}

/// Where a step lies in its interval, from 0 to 1.
template <class Real>
DPMD_HD Real angle_place(Real step, int interval, const AngleGrid<Real>& grid) {
    const int half = grid.n_intervals / 2;
    return step - Real(interval - half);
}

/// a0 + a1 x + ... + a7 x^7 and its derivative; the coefficients stand `stride` apart.
template <class Real>
DPMD_HD ValueSlope<Real> angle_polynomial(const Real* a, int stride, Real x) {
    ValueSlope<Real> f{a[7 * stride] * x + a[6 * stride], a[7 * stride]};
    for (int power = angle_powers - 3; power >= 0; --power) {
        f.slope = f.slope * x + f.value;
        f.value = f.value * x + a[power * stride];
    }
    return f;
}

}  // namespace dpmd
