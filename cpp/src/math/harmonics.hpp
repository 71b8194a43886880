#pragma once
// Real spherical harmonics of degrees 2 to 4 as homogeneous polynomials of a vector, and their gradients, normalised so
// that Y_l(a).Y_l(b) = P_l(a.b) for unit vectors, by m = -l..l. (Condon and Shortley's conventions without their sign;
// DeePMD-kit's lmax.)
#include "math/hd.hpp"

namespace dpmd {

/// How many harmonics there are of the degrees from 2 to lmax.
DPMD_HD constexpr int n_harmonics(int lmax) { return (lmax + 1) * (lmax + 1) - 4; }

/// A polynomial and its gradient.
template <class V>
struct PolynomialGradient {
    V value, x, y, z;
};

/// out [n_harmonics(lmax)] at (x, y, z).
template <class V>
DPMD_HD void harmonics(int lmax, V x, V y, V z, PolynomialGradient<V>* out) {
    constexpr double s3 = 1.7320508075688772, s15 = 3.8729833462074170, s35 = 5.9160797830996161,
                     s70 = 8.3666002653407556, s5 = 2.2360679774997897, s10 = 3.1622776601683795,
                     s5_8 = 0.7905694150420949, s3_8 = 0.6123724356957945;
    const V xx = x * x, yy = y * y, zz = z * z, q = xx + yy + zz;
    if (lmax < 2) return;
    *out++ = {s3 * x * y, s3 * y, s3 * x, V(0.0 * z)};
    *out++ = {s3 * y * z, V(0.0 * x), s3 * z, s3 * y};
    *out++ = {0.5 * (3.0 * zz - q), -x, -y, 2.0 * z};
    *out++ = {s3 * x * z, s3 * z, V(0.0 * y), s3 * x};
    *out++ = {0.5 * s3 * (xx - yy), s3 * x, -s3 * y, V(0.0 * z)};
    if (lmax < 3) return;
    *out++ = {s5_8 * y * (3.0 * xx - yy), s5_8 * 6.0 * x * y, s5_8 * 3.0 * (xx - yy), V(0.0 * z)};
    *out++ = {s15 * x * y * z, s15 * y * z, s15 * x * z, s15 * x * y};
    *out++ = {s3_8 * y * (5.0 * zz - q), -s3_8 * 2.0 * x * y, s3_8 * (5.0 * zz - q - 2.0 * yy), s3_8 * 8.0 * y * z};
    *out++ = {0.5 * z * (5.0 * zz - 3.0 * q), -3.0 * x * z, -3.0 * y * z, 0.5 * (9.0 * zz - 3.0 * q)};
    *out++ = {s3_8 * x * (5.0 * zz - q), s3_8 * (5.0 * zz - q - 2.0 * xx), -s3_8 * 2.0 * x * y, s3_8 * 8.0 * x * z};
    *out++ = {0.5 * s15 * z * (xx - yy), s15 * x * z, -s15 * y * z, 0.5 * s15 * (xx - yy)};
    *out++ = {s5_8 * x * (xx - 3.0 * yy), s5_8 * 3.0 * (xx - yy), -s5_8 * 6.0 * x * y, V(0.0 * z)};
    if (lmax < 4) return;
    const V seven = 7.0 * zz - q;        // 6zz - xx - yy
    const V three = 7.0 * zz - 3.0 * q;  // 4zz - 3xx - 3yy
    *out++ = {0.5 * s35 * x * y * (xx - yy), 0.5 * s35 * y * (3.0 * xx - yy), 0.5 * s35 * x * (xx - 3.0 * yy),
              V(0.0 * z)};
    *out++ = {0.25 * s70 * y * z * (3.0 * xx - yy), 1.5 * s70 * x * y * z, 0.75 * s70 * z * (xx - yy),
              0.25 * s70 * y * (3.0 * xx - yy)};
    *out++ = {0.5 * s5 * x * y * seven, 0.5 * s5 * y * (seven - 2.0 * xx), 0.5 * s5 * x * (seven - 2.0 * yy),
              6.0 * s5 * x * y * z};
    *out++ = {0.25 * s10 * y * z * three, -1.5 * s10 * x * y * z, 0.25 * s10 * z * (three - 6.0 * yy),
              0.25 * s10 * y * (three + 8.0 * zz)};
    *out++ = {0.125 * (35.0 * zz * zz - 30.0 * zz * q + 3.0 * q * q), 0.125 * x * (12.0 * q - 60.0 * zz),
              0.125 * y * (12.0 * q - 60.0 * zz), 0.125 * z * (80.0 * zz - 48.0 * q)};
    *out++ = {0.25 * s10 * x * z * three, 0.25 * s10 * z * (three - 6.0 * xx), -1.5 * s10 * x * y * z,
              0.25 * s10 * x * (three + 8.0 * zz)};
    *out++ = {0.25 * s5 * (xx - yy) * seven, 0.5 * s5 * x * (seven - (xx - yy)), -0.5 * s5 * y * (seven + (xx - yy)),
              3.0 * s5 * z * (xx - yy)};
    *out++ = {0.25 * s70 * x * z * (xx - 3.0 * yy), 0.75 * s70 * z * (xx - yy), -1.5 * s70 * x * y * z,
              0.25 * s70 * x * (xx - 3.0 * yy)};
    *out++ = {0.125 * s35 * (xx * xx - 6.0 * xx * yy + yy * yy), 0.5 * s35 * x * (xx - 3.0 * yy),
              0.5 * s35 * y * (yy - 3.0 * xx), V(0.0 * z)};
}

}  // namespace dpmd
