#pragma once
// 3-vectors and 3 x 3 matrices, row-major. The rows of a cell are its lattice vectors, as in ASE and DeePMD-kit.
#include "math/hd.hpp"

namespace dpmd {

struct Vector3 {
    double v[3];
    DPMD_HD double& operator[](int i) { return v[i]; }
    DPMD_HD double operator[](int i) const { return v[i]; }
};

struct Matrix3 {
    double m[3][3];
    DPMD_HD double* operator[](int i) { return m[i]; }
    DPMD_HD const double* operator[](int i) const { return m[i]; }
};

inline constexpr Matrix3 identity3{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

DPMD_HD Vector3 cross(const double a[3], const double b[3]) {
    return {{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]}};
}

DPMD_HD double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

DPMD_HD double determinant(const Matrix3& a) {
    const Vector3 c = cross(a[1], a[2]);
    return dot(a[0], c.v);
}

DPMD_HD Matrix3 inverse(const Matrix3& a) {
    const double factor = 1.0 / determinant(a);
    Matrix3 out{};
    for (int i = 0; i < 3; ++i) {
        const Vector3 c = cross(a[(i + 1) % 3], a[(i + 2) % 3]);
        for (int k = 0; k < 3; ++k) out[k][i] = c[k] * factor;
    }
    return out;
}

DPMD_HD Matrix3 product(const Matrix3& a, const Matrix3& b) {
    Matrix3 out{};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    return out;
}

DPMD_HD Matrix3 transpose(const Matrix3& a) {
    Matrix3 out{};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) out[i][j] = a[j][i];
    return out;
}

/// Row vector times matrix: fractional to Cartesian when `a` is the cell.
DPMD_HD Vector3 row_times(const double x[3], const Matrix3& a) {
    Vector3 out{};
    for (int k = 0; k < 3; ++k) out[k] = x[0] * a[0][k] + x[1] * a[1][k] + x[2] * a[2][k];
    return out;
}

}  // namespace dpmd
