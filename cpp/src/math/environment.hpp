#pragma once
// One row of the environment matrix, and its derivative.
//   R = [ w/(r+p), w d/(r+p)^2 ],  d = r_j - r_i,  w the switch function, p the model's env_protection (0 in most)
#include "math/switch_function.hpp"

namespace dpmd {

/// The two radial functions of a row: R_0 = s(r), R_a = t(r) d_a.
struct EnvironmentRadial {
    double s, s_slope;  ///< w/(r+p) and d/dr of it
    double t, t_slope;  ///< w/(r+p)^2 and d/dr of it
};

DPMD_HD EnvironmentRadial environment_radial(double r, const SwitchRange& range, double protection) {
    const ValueSlope<double> w = switch_function(r, range);
    const double inverse = 1.0 / (r + protection);
    EnvironmentRadial out;
    out.s = w.value * inverse;
    out.s_slope = (w.slope - out.s) * inverse;
    out.t = out.s * inverse;
    out.t_slope = (w.slope * inverse - 2.0 * out.t) * inverse;
    return out;
}

/// Chain rule: g_b = dE/dd_b from the derivatives dE/dR_0..3 of one row.
///   dR_0/dd_b = s' d_b/r,   dR_a/dd_b = t delta_ab + t' d_a d_b/r
DPMD_HD void environment_gradient(const double d[3], double r, const EnvironmentRadial& f, const double row_gradient[4],
                                  double gradient[3]) {
    const double along = row_gradient[1] * d[0] + row_gradient[2] * d[1] + row_gradient[3] * d[2];
    const double radial = (row_gradient[0] * f.s_slope + along * f.t_slope) / r;
    for (int b = 0; b < 3; ++b) gradient[b] = radial * d[b] + f.t * row_gradient[1 + b];
}

}  // namespace dpmd
