#pragma once
// Functions of symmetric 3 x 3 matrices, through their eigenvectors.
#include <cmath>

#include "math/matrix3.hpp"

namespace dpmd {

/// a = rows^T diag(values) rows; the rows of `rows` are the eigenvectors.
struct Eigensystem {
    Vector3 values{};
    Matrix3 rows = identity3;
};

/// Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, 8.5): they converge quadratically, and the vectors
/// are orthogonal up to rounding.
DPMD_HD Eigensystem diagonalize(Matrix3 a) {
    Eigensystem out;
    constexpr int max_sweeps = 50;
    for (int sweep = 0; sweep < max_sweeps; ++sweep) {
        if (a[0][1] == 0 && a[0][2] == 0 && a[1][2] == 0) break;
        for (int p = 0; p < 2; ++p)
            for (int q = p + 1; q < 3; ++q) {
                const double off = a[p][q];
                if (off == 0) continue;
                const double theta = (a[q][q] - a[p][p]) / (2 * off);
                const double t = ::copysign(1.0, theta) / (::fabs(theta) + ::hypot(theta, 1.0));
                const double c = 1 / ::hypot(t, 1.0), s = t * c;
                a[p][p] -= t * off;
                a[q][q] += t * off;
                a[p][q] = a[q][p] = 0;
                const int r = 3 - p - q;
                const double arp = a[r][p], arq = a[r][q];
                a[r][p] = a[p][r] = c * arp - s * arq;
                a[r][q] = a[q][r] = s * arp + c * arq;
                for (int k = 0; k < 3; ++k) {
                    const double vp = out.rows[p][k], vq = out.rows[q][k];
                    out.rows[p][k] = c * vp - s * vq;
                    out.rows[q][k] = s * vp + c * vq;
                }
            }
    }
    for (int k = 0; k < 3; ++k) out.values[k] = a[k][k];
    return out;
}

/// The matrix with the same eigenvectors and f of the eigenvalues.
template <class F>
DPMD_HD Matrix3 apply(const Eigensystem& system, F&& f) {
    Matrix3 out{};
    for (int e = 0; e < 3; ++e) {
        const double value = f(system.values[e]);
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) out[i][j] += value * system.rows[e][i] * system.rows[e][j];
    }
    return out;
}

/// sinh(x)/x.
DPMD_HD double sinhc(double x) {
    const double x2 = x * x;
    if (x2 < 1e-4) return 1 + x2 / 6 * (1 + x2 / 20 * (1 + x2 / 42));
    return ::sinh(x) / x;
}

}  // namespace dpmd
