#pragma once
// The frame of an atom that two of its neighbours span, what a neighbour shows in it, and the derivatives.
//   e1 = u/|u|,   e2 = v/|v| with v = w - (w.e1) e1,   e3 = e1 x e2
// u and w are the vectors to the two neighbours, the axes. A neighbour at d, r = |d|, shows
//   R = [ 1/r, d.e3/r^2, d.e1/r^2, d.e2/r^2 ]
#include "math/matrix3.hpp"

namespace dpmd {

struct AxisFrame {
    double e[3][3];                        ///< e3, e1, e2: the order of the components of a row
    double along;                          ///< w.e1, Å
    double inverse_first, inverse_across;  ///< 1/|u| and 1/|v|, 1/Å
};

/// Whether w points against u, so nearly that the neighbour behind it is the second axis in its place.
DPMD_HD bool is_against(const double u[3], const double w[3]) {
    constexpr double nearly = 1e-4;  // as in DeePMD-kit
    return dot(u, w) < (nearly - 1) * __builtin_sqrt(dot(u, u) * dot(w, w));
}

/// Of vectors that span no frame, the e are not numbers.
DPMD_HD AxisFrame axis_frame(const double u[3], const double w[3]) {
    AxisFrame out;
    double *e1 = out.e[1], *e2 = out.e[2];
    out.inverse_first = 1 / __builtin_sqrt(dot(u, u));
    for (int b = 0; b < 3; ++b) e1[b] = u[b] * out.inverse_first;
    out.along = dot(w, e1);
    for (int b = 0; b < 3; ++b) e2[b] = w[b] - out.along * e1[b];
    out.inverse_across = 1 / __builtin_sqrt(dot(e2, e2));
    for (int b = 0; b < 3; ++b) e2[b] *= out.inverse_across;
    const Vector3 e3 = cross(e1, e2);
    for (int b = 0; b < 3; ++b) out.e[0][b] = e3.v[b];
    return out;
}

/// du = dE/du and dw = dE/dw from g = dE/de, rows as in AxisFrame.
DPMD_HD void axis_frame_gradient(const AxisFrame& frame, const double w[3], const double g[3][3], double du[3],
                                 double dw[3]) {
    const double *e1 = frame.e[1], *e2 = frame.e[2];
    Vector3 g1 = cross(e2, g[0]), g2 = cross(g[0], e1);  // the way through e3
    for (int b = 0; b < 3; ++b) {
        g1.v[b] += g[1][b];
        g2.v[b] += g[2][b];
    }
    const double turned = dot(g2.v, e2);
    for (int b = 0; b < 3; ++b) g2.v[b] = (g2.v[b] - turned * e2[b]) * frame.inverse_across;  // dE/dv
    const double inside = dot(g2.v, e1);
    for (int b = 0; b < 3; ++b) {
        dw[b] = g2.v[b] - inside * e1[b];
        g1.v[b] -= inside * w[b] + frame.along * g2.v[b];
    }
    const double stretched = dot(g1.v, e1);
    for (int b = 0; b < 3; ++b) du[b] = (g1.v[b] - stretched * e1[b]) * frame.inverse_first;
}

DPMD_HD void frame_row(const AxisFrame& frame, const double d[3], double r, double row[4]) {
    const double inverse = 1 / r;
    row[0] = inverse;
    for (int k = 0; k < 3; ++k) row[1 + k] = dot(d, frame.e[k]) * inverse * inverse;
}

/// From g = dE/dR: dE/dd at a fixed frame, and what the row adds to dE/de.
DPMD_HD void frame_row_gradient(const AxisFrame& frame, const double d[3], double r, const double g[4], double dd[3],
                                double de[3][3]) {
    const double inverse = 1 / r, square = inverse * inverse;
    double radial = -g[0] * inverse;  // times d/r^2
    for (int b = 0; b < 3; ++b) dd[b] = 0;
    for (int k = 0; k < 3; ++k) {
        radial -= 2 * g[1 + k] * dot(d, frame.e[k]) * square;
        for (int b = 0; b < 3; ++b) {
            dd[b] += g[1 + k] * square * frame.e[k][b];
            de[k][b] += g[1 + k] * square * d[b];
        }
    }
    for (int b = 0; b < 3; ++b) dd[b] += radial * square * d[b];
}

}  // namespace dpmd
