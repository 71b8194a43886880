// 3 x 3 matrices compared with their definitions.
#include <gtest/gtest.h>

#include <cmath>

#include "math/matrix3.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;

Matrix3 random_matrix(Random& random) {
    Matrix3 out{};
    for (auto& row : out.m)
        for (double& x : row) x = random.uniform(-10, 10);
    return out;
}

TEST(Matrix3, InverseTimesMatrixIsUnity) {
    Random random(1);
    for (int round = 0; round < 10000; ++round) {
        const Matrix3 a = random_matrix(random);
        if (std::fabs(determinant(a)) < 1) continue;

        const Matrix3 left = product(inverse(a), a), right = product(a, inverse(a));

        // elements of 10, cofactors of 200, determinants down to 1: 1e-16 * 200 * 10 * a few
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) {
                EXPECT_NEAR(left[i][j], i == j ? 1 : 0, 1e-11);
                EXPECT_NEAR(right[i][j], i == j ? 1 : 0, 1e-11);
            }
    }
}

TEST(Matrix3, DeterminantIsLeibnizSumAndMultiplies) {
    Random random(2);
    for (int round = 0; round < 1000; ++round) {
        const Matrix3 a = random_matrix(random), b = random_matrix(random);
        const double leibniz = a[0][0] * a[1][1] * a[2][2] + a[0][1] * a[1][2] * a[2][0] + a[0][2] * a[1][0] * a[2][1] -
                               a[0][2] * a[1][1] * a[2][0] - a[0][1] * a[1][0] * a[2][2] - a[0][0] * a[1][2] * a[2][1];

        EXPECT_NEAR(determinant(a), leibniz, 1e-11);                                     // six terms of 1e3
        EXPECT_NEAR(determinant(product(a, b)), determinant(a) * determinant(b), 1e-7);  // terms of 2.7e7
        EXPECT_NEAR(determinant(transpose(a)), determinant(a), 1e-11);
    }
    EXPECT_EQ(determinant(identity3), 1.0);
}

TEST(Matrix3, CrossProductStandsOnBothAndDotsAgree) {
    Random random(3);
    for (int round = 0; round < 1000; ++round) {
        const double a[3] = {random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)};
        const double b[3] = {random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)};

        const Vector3 c = cross(a, b);

        EXPECT_NEAR(dot(a, c.v), 0, 1e-15);
        EXPECT_NEAR(dot(b, c.v), 0, 1e-15);
        EXPECT_NEAR(dot(c.v, c.v), dot(a, a) * dot(b, b) - dot(a, b) * dot(a, b), 1e-14);
    }
    const double x[3] = {1, 0, 0}, y[3] = {0, 1, 0};
    EXPECT_EQ(cross(x, y)[2], 1.0);
}

TEST(Matrix3, RowTimesIsTheProductOfARow) {
    Random random(4);
    for (int round = 0; round < 1000; ++round) {
        const Matrix3 a = random_matrix(random), b = random_matrix(random);

        const Matrix3 ab = product(a, b);

        for (int i = 0; i < 3; ++i) {
            const Vector3 row = row_times(a[i], b);
            for (int j = 0; j < 3; ++j) EXPECT_DOUBLE_EQ(row[j], ab[i][j]);
        }
    }
}

}  // namespace
}  // namespace dpmd
