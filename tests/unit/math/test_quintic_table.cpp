// The lookup in a table, at all its edges, and its polynomials.
#include <gtest/gtest.h>

#include <cmath>

#include "math/quintic_table.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;

/// Fine steps of 1/8 on [-0.5, 1.5), coarse steps of 1/2 on [1.5, 4): 16 + 5 rows, exact in binary.
constexpr TableGrid grid{-0.5, -0.5, 1.5, 4.0, 0.125, 0.5, 0, 16, 21, true};
/// The same with coarse steps on [-2.5, -0.5), four more rows in front.
constexpr TableGrid symmetric{-2.5, -0.5, 1.5, 4.0, 0.125, 0.5, 4, 16, 25, true};

TEST(QuinticTable, KnotsBelongToTheRowThatBeginsThere) {
    for (int row = 0; row < 16; ++row) {
        const TablePlace place = table_place(-0.5 + 0.125 * row, grid);
        EXPECT_EQ(place.row, row);
        EXPECT_EQ(place.argument, 0.0);
        EXPECT_EQ(place.beyond, 0.0);
    }
    for (int row = 0; row < 5; ++row) {
        const TablePlace place = table_place(1.5 + 0.5 * row, grid);
        EXPECT_EQ(place.row, 16 + row);
        EXPECT_EQ(place.argument, 0.0);
        EXPECT_EQ(place.beyond, 0.0);
    }
}

TEST(QuinticTable, CoarseRowsInFrontAreLikeThoseBehind) {
    for (int row = 0; row < 4; ++row) {
        const TablePlace place = table_place(-2.5 + 0.5 * row + 0.25, symmetric);
        EXPECT_EQ(place.row, row);
        EXPECT_EQ(place.argument, 0.25);
        EXPECT_EQ(place.beyond, 0.0);
    }
    for (const double x : {-0.5, 0.3, 1.6, 3.9, 5.0}) {
        const TablePlace place = table_place(x, symmetric), without = table_place(x, grid);
        EXPECT_EQ(place.row, without.row + 4);
        EXPECT_EQ(place.argument, without.argument);
        EXPECT_EQ(place.beyond, without.beyond);
    }
    EXPECT_EQ(table_place(-3.0, symmetric).row, 0);
    EXPECT_EQ(table_place(-3.0, symmetric).beyond, -0.5);
    EXPECT_EQ(table_place(-0.5 - 1e-16, symmetric).row, 4) << "rounds to the knot";
}

TEST(QuinticTable, JustBelowAKnotIsTheEndOfTheRowBefore) {
    for (int row = 1; row <= 16; ++row) {
        const TablePlace place = table_place(-0.5 + 0.125 * row - 1e-12, grid);
        EXPECT_EQ(place.row, row - 1);
        EXPECT_NEAR(place.argument, 0.125, 2e-12);
    }
    for (int row = 1; row <= 5; ++row) {
        const TablePlace place = table_place(1.5 + 0.5 * row - 1e-12, grid);
        EXPECT_EQ(place.row, 16 + row - 1);
        EXPECT_NEAR(place.argument, 0.5, 2e-12);
    }
}

TEST(QuinticTable, BelowTheLowerEndIsTheFirstKnot) {
    for (const double x : {std::nextafter(-0.5, -9.0), -1.0, -1e300, -HUGE_VAL}) {
        const TablePlace place = table_place(x, grid);
        EXPECT_EQ(place.row, 0);
        EXPECT_EQ(place.argument, 0.0);
        EXPECT_EQ(place.beyond, x + 0.5);
    }
}

TEST(QuinticTable, FromTheUpperEndOnItIsTheEndOfTheLastRowOrItsLeftKnotWhenClamped) {
    TableGrid clamped = grid;
    clamped.linear_extrapolation = false;
    for (const double x : {4.0, 4.5, 1e300, HUGE_VAL}) {
        const TablePlace linear = table_place(x, grid), clamp = table_place(x, clamped);
        EXPECT_EQ(linear.row, 20);
        EXPECT_EQ(linear.argument, 0.5);
        EXPECT_EQ(linear.beyond, x - 4.0);
        EXPECT_EQ(clamp.row, 20);
        EXPECT_EQ(clamp.argument, 0.0);
        EXPECT_EQ(clamp.beyond, x - 4.0);
    }
}

TEST(QuinticTable, NaNStaysNaNInARowThatExists) {
    const TablePlace place = table_place(std::nan(""), grid);
    EXPECT_EQ(place.row, 20);
    EXPECT_TRUE(std::isnan(place.beyond));
}

TEST(QuinticTable, EveryPlaceIsARowThatExistsWhateverTheStrides) {
    Random random(1);
    for (int round = 0; round < 3000; ++round) {
        TableGrid any{};
        any.lower = random.uniform(-3, 1);
        any.upper = any.lower + random.uniform(0.2, 5);
        any.max = any.upper + random.uniform(0.6, 9);
        any.stride0 = random.uniform(0.001, 0.2);
        any.stride1 = random.uniform(0.01, 0.6);
        any.linear_extrapolation = random.below(2) == 0;
        any.n_fine = int((any.upper - any.lower) / any.stride0);
        any.n_rows = any.n_fine + int((any.max - any.upper) / any.stride1);
        for (int k = 0; k < 200; ++k) {
            double x = random.uniform(any.lower - 1, any.max + 1);
            if (k < 6)
                x = std::array{any.lower,
                               any.upper,
                               any.max,
                               std::nextafter(any.upper, -99.0),
                               std::nextafter(any.max, -99.0),
                               std::nextafter(any.lower, -99.0)}[std::size_t(k)];
            const TablePlace place = table_place(x, any);
            ASSERT_GE(place.row, 0);
            ASSERT_LT(place.row, any.n_rows) << "x = " << x << ", " << any.lower << " " << any.upper << " " << any.max
                                             << " " << any.stride0 << " " << any.stride1;
            ASSERT_GE(place.argument, -1e-12);
        }
    }
}

TEST(QuinticTable, PolynomialEqualsItsPowersAndItsSlopeTheDerivative) {
    Random random(2);
    for (int round = 0; round < 1000; ++round) {
        double a[6];
        for (double& x : a) x = random.uniform(-1, 1);
        const double x = random.uniform(-1.5, 1.5);
        long double value = 0, slope = 0;
        for (int p = 0; p < 6; ++p) {
            value += a[p] * std::pow(static_cast<long double>(x), p);
            if (p > 0) slope += p * a[p] * std::pow(static_cast<long double>(x), p - 1);
        }

        const ValueSlope<double> got = quintic<double, double>(a, x);

        EXPECT_NEAR(got.value, double(value), 1e-14);  // six terms below 8
        EXPECT_NEAR(got.slope, double(slope), 1e-13);  // up to 25 each
    }
}

}  // namespace
}  // namespace dpmd
