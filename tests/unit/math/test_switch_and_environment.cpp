// The switch function and the environment row compared with closed forms and finite differences.
#include <gtest/gtest.h>

#include <cmath>

#include "math/environment.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;
using real = long double;

SwitchRange double_range(double smooth, double cutoff) { return {smooth, cutoff, cutoff - smooth}; }
SwitchRange float_range(float smooth, float cutoff) {
    const float width = cutoff - smooth;
    return {smooth, cutoff, width};
}

const SwitchRange ranges[] = {double_range(0.5, 6.0),  double_range(0.0, 4.0),  double_range(5.8, 6.0),
                              double_range(1.8, 6.1),  float_range(0.5f, 6.0f), float_range(1.8f, 6.1f),
                              float_range(2.9f, 7.3f), float_range(0.1f, 8.7f)};

TEST(SwitchFunction, EqualsItsClosedForm) {
    for (const SwitchRange& range : ranges)
        for (int k = 1; k < 1000; ++k) {
            const double r = range.smooth + (range.cutoff - range.smooth) * k / 1000;
            const real u = (real(r) - real(range.smooth)) / real(range.width), v = 1 - u;

            const ValueSlope<double> w = switch_function(r, range);

            // another form of the same polynomial: (1-u)^3 (1 + 3u + 6u^2); terms up to 15, a dozen roundings
            EXPECT_NEAR(w.value, double(v * v * v * (1 + 3 * u + 6 * u * u)), 1e-14);
            EXPECT_NEAR(w.slope, double(-30 * u * u * v * v / real(range.width)), 1e-13 / range.width);
        }
}

TEST(SwitchFunction, IsOneBelowAndZeroBeyondItsRange) {
    for (const SwitchRange& range : ranges) {
        for (const double r : {range.smooth * 0.5, std::nextafter(range.smooth, -1.0)}) {
            EXPECT_EQ(switch_function(r, range).value, 1.0);
            EXPECT_EQ(switch_function(r, range).slope, 0.0);
        }
        for (const double r : {range.cutoff, range.cutoff + 1, 1e300}) {
            EXPECT_EQ(switch_function(r, range).value, 0.0);
            EXPECT_EQ(switch_function(r, range).slope, 0.0);
        }
    }
}

TEST(SwitchFunction, IsContinuousWithItsSlopeAtBothEndsAlsoWithSinglePrecisionWidths) {
    for (const SwitchRange& range : ranges) {
        const ValueSlope<double> begin = switch_function(range.smooth, range);
        const ValueSlope<double> end = switch_function(std::nextafter(range.cutoff, 0.0), range);

        EXPECT_EQ(begin.value, 1.0);
        EXPECT_EQ(begin.slope, 0.0);
        // u may miss 1 by the rounding of a float width, 1e-7 relative: w ~ 10 (1-u)^3, w' ~ 30 (1-u)^2 / width,
        // and the polynomial itself is a sum of terms of 15
        EXPECT_NEAR(end.value, 0.0, 1e-14);
        EXPECT_NEAR(end.slope, 0.0, 1e-12 / range.width);
    }
}

TEST(SwitchFunction, SlopeIsTheFiniteDifference) {
    for (const SwitchRange& range : ranges)
        for (int k = -100; k <= 1100; ++k) {
            const double r = range.smooth + (range.cutoff - range.smooth) * (k + 0.37) / 1000, h = 1e-5 * range.width;
            if (r - h < 0) continue;

            const double difference =
                (switch_function(r + h, range).value - switch_function(r - h, range).value) / (2 * h);

            // h^2/6 w''' with w''' up to 60 / width^3; across the ends w''' jumps
            EXPECT_NEAR(switch_function(r, range).slope, difference, 1e-8 / range.width) << r;
        }
}

/// The four components of a row for a difference vector, in long double.
void row_of(const real d[3], const SwitchRange& range, real protection, real row[4]) {
    const real r = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    real w = 1;
    if (r >= real(range.cutoff)) {
        w = 0;
    } else if (r >= real(range.smooth)) {
        const real u = (r - real(range.smooth)) / real(range.width);
        w = (1 - u) * (1 - u) * (1 - u) * (1 + 3 * u + 6 * u * u);
    }
    row[0] = w / (r + protection);
    for (int k = 0; k < 3; ++k) row[1 + k] = w * d[k] / ((r + protection) * (r + protection));
}

TEST(EnvironmentRow, ValuesEqualTheClosedFormAndGradientsTheFiniteDifference) {
    Random random(1);
    for (const SwitchRange& range : ranges)
        for (const double protection : {0.0, 0.01, 1.0})
            for (int round = 0; round < 200; ++round) {
                const double reach = 0.6 * range.cutoff;
                const double d[3] = {random.uniform(-reach, reach), random.uniform(-reach, reach),
                                     random.uniform(-reach, reach)};
                const double r = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
                if (r < 0.3) continue;
                const double weights[4] = {random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1),
                                           random.uniform(-1, 1)};

                const EnvironmentRadial f = environment_radial(r, range, protection);
                double gradient[3];
                environment_gradient(d, r, f, weights, gradient);

                const real exact[3] = {d[0], d[1], d[2]};
                real row[4];
                row_of(exact, range, protection, row);
                EXPECT_NEAR(f.s, double(row[0]), 1e-13);
                for (int k = 0; k < 3; ++k) EXPECT_NEAR(f.t * d[k], double(row[1 + k]), 1e-13);
                for (int k = 0; k < 3; ++k) {
                    constexpr real h = 1e-6L;
                    real above[3] = {d[0], d[1], d[2]}, below[3] = {d[0], d[1], d[2]}, row_above[4], row_below[4];
                    above[k] += h;
                    below[k] -= h;
                    row_of(above, range, protection, row_above);
                    row_of(below, range, protection, row_below);
                    real difference = 0;
                    for (int c = 0; c < 4; ++c)
                        difference += real(weights[c]) * (row_above[c] - row_below[c]) / (2 * h);
                    // h^2/6 = 2e-13 times third derivatives: 6/r^4 below 1e3, 60/width^3 up to 8e3 for the narrow range
                    EXPECT_NEAR(gradient[k], double(difference), 5e-9);
                }
            }
}

TEST(EnvironmentRow, VanishesSmoothlyAtTheCutoff) {
    for (const SwitchRange& range : ranges) {
        const EnvironmentRadial inside = environment_radial(std::nextafter(range.cutoff, 0.0), range, 0.0);
        const EnvironmentRadial outside = environment_radial(range.cutoff, range, 0.0);

        EXPECT_EQ(outside.s, 0.0);
        EXPECT_EQ(outside.s_slope, 0.0);
        EXPECT_EQ(outside.t, 0.0);
        EXPECT_EQ(outside.t_slope, 0.0);
        EXPECT_NEAR(inside.s, 0.0, 1e-14);
        EXPECT_NEAR(inside.s_slope, 0.0, 1e-11);  // the narrow range: 1e-12 / 0.2
    }
}

}  // namespace
}  // namespace dpmd
