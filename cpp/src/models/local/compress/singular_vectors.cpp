#include "models/local/compress/singular_vectors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dpmd::compress {
namespace {

double dot(const double* a, const double* b, std::size_t n) {
    double sums[4] = {};
    std::size_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (std::size_t l = 0; l < 4; ++l) sums[l] += a[k + l] * b[k + l];
    for (; k < n; ++k) sums[0] += a[k] * b[k];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// Modified Gram-Schmidt: the triangle of a = q r, by columns [n][n]. Orthogonality of q does not matter for r.
std::vector<double> triangle(std::vector<double>& a, std::size_t n, std::size_t rows) {
    std::vector<double> r(n * n, 0.0);
    for (std::size_t j = 0; j < n; ++j) {
        double* q = a.data() + j * rows;
        const double length = std::sqrt(dot(q, q, rows));
        r[j * n + j] = length;
        if (length == 0) continue;
        for (std::size_t k = 0; k < rows; ++k) q[k] /= length;
        for (std::size_t column = j + 1; column < n; ++column) {
            double* other = a.data() + column * rows;
            const double overlap = dot(q, other, rows);
            r[column * n + j] = overlap;
            for (std::size_t k = 0; k < rows; ++k) other[k] -= overlap * q[k];
        }
    }
    return r;
}

void rotate(double* a, double* b, std::size_t n, double c, double s) {
    for (std::size_t k = 0; k < n; ++k) {
        const double x = a[k], y = b[k];
        a[k] = c * x - s * y;
        b[k] = s * x + c * y;
    }
}

}  // namespace

SingularVectors singular_vectors(std::vector<double> columns, int n_columns, int n_rows) {
    const auto n = std::size_t(n_columns);
    std::vector<double> r = triangle(columns, n, std::size_t(n_rows));
    std::vector<double> v(n * n, 0.0);  // by columns
    for (std::size_t k = 0; k < n; ++k) v[k * n + k] = 1;

    constexpr int most_sweeps = 30;
    constexpr double orthogonal = 1e-14;
    bool rotated = true;
    for (int sweep = 0; sweep < most_sweeps && rotated; ++sweep) {
        rotated = false;
        for (std::size_t i = 0; i + 1 < n; ++i)
            for (std::size_t j = i + 1; j < n; ++j) {
                double *a = r.data() + i * n, *b = r.data() + j * n;
                const double aa = dot(a, a, n), bb = dot(b, b, n), ab = dot(a, b, n);
                if (!(std::fabs(ab) > orthogonal * std::sqrt(aa * bb))) continue;
                rotated = true;
                const double zeta = (bb - aa) / (2 * ab);
                const double t = std::copysign(1.0, zeta) / (std::fabs(zeta) + std::sqrt(1 + zeta * zeta));
                const double c = 1 / std::sqrt(1 + t * t);
                rotate(a, b, n, c, c * t);
                rotate(v.data() + i * n, v.data() + j * n, n, c, c * t);
            }
    }

    std::vector<double> length(n);
    for (std::size_t k = 0; k < n; ++k) length[k] = std::sqrt(dot(r.data() + k * n, r.data() + k * n, n));
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return length[a] > length[b]; });
    SingularVectors out;
    for (const std::size_t k : order) {
        out.values.push_back(length[k]);
        out.vectors.insert(out.vectors.end(), v.begin() + std::ptrdiff_t(k * n), v.begin() + std::ptrdiff_t(k * n + n));
    }
    return out;
}

}  // namespace dpmd::compress
