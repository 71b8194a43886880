#pragma once
// One row of the environment matrix, and its derivative.
//   R = [ w/(r+p), w d/(r+p)^2 ],  d = r_j - r_i,  w the switch function, p the model's env_protection (0 in most)
#include "math/switch_function.hpp"

namespace dpmd {

/// The two radial functions of a row: R_0 = s(r), R_a = t(r) d_a.
template <class V>
struct EnvironmentRadial {
    V s, s_slope;  ///< w/(r+p) and its derivative d/dr
    V t, t_slope;  ///< w/(r+p)^2 and its derivative d/dr
};

/// Here and below V is a double or a vector of doubles.
template <class V>
DPMD_HD EnvironmentRadial<V> environment_radial(V r, const SwitchRange& range, double protection) {
    const ValueSlope<V> w = switch_function<V>(r, range);
    const V inverse = 1.0 / (r + protection);
    EnvironmentRadial<V> out;
    out.s = w.value * inverse;
    out.s_slope = (w.slope - out.s) * inverse;
    out.t = out.s * inverse;
    out.t_slope = (w.slope * inverse - 2.0 * out.t) * inverse;
    return out;
}

/// Chain rule: g_b = dE/dd_b from the derivatives dE/dR_0..3 of one row.
///   dR_0/dd_b = s' d_b/r,   dR_a/dd_b = t delta_ab + t' d_a d_b/r
template <class V>
DPMD_HD void environment_gradient(const V d[3], V r, const EnvironmentRadial<V>& f, const V row_gradient[4],
                                  V gradient[3]) {
    const V along = row_gradient[1] * d[0] + row_gradient[2] * d[1] + row_gradient[3] * d[2];
    const V radial = (row_gradient[0] * f.s_slope + along * f.t_slope) / r;
    for (int b = 0; b < 3; ++b) gradient[b] = radial * d[b] + f.t * row_gradient[1 + b];
}

/// The same for rows with the radial component alone.
template <class V>
DPMD_HD void radial_gradient(const V d[3], V r, V s_slope, V row_gradient, V gradient[3]) {
    const V radial = row_gradient * s_slope / r;
    for (int b = 0; b < 3; ++b) gradient[b] = radial * d[b];
}

}  // namespace dpmd
