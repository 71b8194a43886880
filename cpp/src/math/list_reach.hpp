#pragma once
// How far a neighbour list built with a skin reaches after atoms and cell have moved.
#include <cmath>

#include "math/matrix3.hpp"

namespace dpmd {

/// Smallest singular value of a 3 x 3 matrix: the root of the smallest eigenvalue of F F^T (trigonometric solution of
/// the cubic for symmetric matrices, Smith 1961).
DPMD_HD double smallest_stretch(const Matrix3& f) {
    const Matrix3 s = product(f, transpose(f));
    const double mean = (s[0][0] + s[1][1] + s[2][2]) / 3;
    double p = 0;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) p += (s[i][j] - (i == j ? mean : 0)) * (s[i][j] - (i == j ? mean : 0));
    p = ::sqrt(p / 6);
    if (p < 1e-14 * mean) return ::sqrt(mean);
    Matrix3 b = s;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) b[i][j] = (s[i][j] - (i == j ? mean : 0)) / p;
    const double cosine = determinant(b) / 2;
    const double angle = ::acos(cosine < -1 ? -1.0 : cosine > 1 ? 1.0 : cosine) / 3;
    constexpr double third_turn = 2.0943951023931953;
    const double least = mean + 2 * p * ::cos(angle + third_turn);
    return least > 0 ? ::sqrt(least) : 0.0;
}

/// Whether a list built with `skin` still holds every pair within `cutoff`, after the cell was deformed by F and no
/// atom moved farther than u beyond that: a pair at distance r now was at most (r + 2u)/s apart then, s the smallest
/// stretch. False for displacements that are not finite.
DPMD_HD bool list_holds(double cutoff, double skin, const Matrix3& deformation, double max_squared) {
    bool is_rigid = true;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) is_rigid = is_rigid && deformation[i][j] == (i == j ? 1.0 : 0.0);
    const double stretch = is_rigid ? 1.0 : smallest_stretch(deformation);
    return max_squared <= 1.7976931348623157e308 && cutoff + 2 * ::sqrt(max_squared) <= stretch * (cutoff + skin);
}

}  // namespace dpmd
