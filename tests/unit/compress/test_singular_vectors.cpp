// Singular vectors of matrices whose singular values are known.
#include <gtest/gtest.h>

#include <cmath>

#include "models/local/compress/singular_vectors.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using compress::singular_vectors;
using compress::SingularVectors;
using testing::Random;

/// n orthonormal columns of `rows` numbers.
std::vector<double> orthonormal(Random& random, std::size_t n, std::size_t rows) {
    std::vector<double> q = random.uniforms(n * rows, -1, 1);
    for (int pass = 0; pass < 2; ++pass)
        for (std::size_t j = 0; j < n; ++j) {
            for (std::size_t i = 0; i < j; ++i) {
                double overlap = 0;
                for (std::size_t k = 0; k < rows; ++k) overlap += q[i * rows + k] * q[j * rows + k];
                for (std::size_t k = 0; k < rows; ++k) q[j * rows + k] -= overlap * q[i * rows + k];
            }
            double length = 0;
            for (std::size_t k = 0; k < rows; ++k) length += q[j * rows + k] * q[j * rows + k];
            for (std::size_t k = 0; k < rows; ++k) q[j * rows + k] /= std::sqrt(length);
        }
    return q;
}

/// Columns of U diag(values) V^T.
std::vector<double> matrix_of(const std::vector<double>& u, const std::vector<double>& values,
                              const std::vector<double>& v, std::size_t n, std::size_t rows) {
    std::vector<double> a(n * rows, 0.0);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t c = 0; c < n; ++c)
            for (std::size_t r = 0; r < rows; ++r) a[c * rows + r] += u[k * rows + r] * values[k] * v[k * n + c];
    return a;
}

TEST(SingularVectors, AreFoundForValuesOverFifteenDecades) {
    const std::size_t n = 12, rows = 40;
    Random random(1);
    const std::vector<double> u = orthonormal(random, n, rows), v = orthonormal(random, n, n);
    std::vector<double> values;
    for (std::size_t k = 0; k < n; ++k) values.push_back(std::pow(10.0, -1.2 * double(k)));

    const SingularVectors got = singular_vectors(matrix_of(u, values, v, n, rows), int(n), int(rows));

    for (std::size_t k = 0; k < n; ++k) {
        // rounding of the input matrix changes every value by 1e-16 of the largest
        EXPECT_NEAR(got.values[k], values[k], 1e-14) << k;
        double overlap = 0;
        for (std::size_t c = 0; c < n; ++c) overlap += got.vectors[k * n + c] * v[k * n + c];
        if (values[k] < 1e-9) continue;
        EXPECT_NEAR(std::fabs(overlap), 1.0, 1e-6) << k;
    }
}

TEST(SingularVectors, AreOrthonormalAlsoWhenColumnsRepeat) {
    const std::size_t n = 9, rows = 20;
    Random random(2);
    std::vector<double> a = random.uniforms(n * rows, -1, 1);
    for (std::size_t r = 0; r < rows; ++r) {
        a[3 * rows + r] = a[r];  // equal columns
        a[5 * rows + r] = 0;     // a zero column
    }

    const SingularVectors got = singular_vectors(a, int(n), int(rows));

    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double overlap = 0;
            for (std::size_t c = 0; c < n; ++c) overlap += got.vectors[i * n + c] * got.vectors[j * n + c];
            EXPECT_NEAR(overlap, i == j ? 1.0 : 0.0, 1e-13) << i << ", " << j;
        }
    EXPECT_NEAR(got.values[n - 1], 0, 1e-14);
    EXPECT_NEAR(got.values[n - 2], 0, 1e-14);
    EXPECT_GT(got.values[n - 3], 0.1);
}

}  // namespace
}  // namespace dpmd
