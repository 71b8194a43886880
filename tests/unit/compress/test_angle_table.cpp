// Tables of theta N(theta): as close to the nets as asked, continuous with their slopes, on both sides of 0.
#include <gtest/gtest.h>

#include <cmath>

#include "models/local/compress/angle_table.hpp"
#include "models/nets/network_value.hpp"
#include "support/random_three_body_models.hpp"

namespace dpmd::compress {
namespace {

constexpr double largest = 40;

Network net(std::uint64_t seed) {
    testing::ModelRecipe recipe;
    recipe.embedding = {4, 8};
    return *testing::se_t_of(testing::random_three_body_model(recipe, seed)).embedding.nets[0];
}

/// theta N(theta) and its slope.
ValueSlope<double> exact(NetworkValue& network, double theta, int channel) {
    network.evaluate(theta);
    return {theta * network.value()[channel], network.value()[channel] + theta * network.slope()[channel]};
}

TEST(AngleTable, KeepsTheErrorThatWasAskedFor) {
    const Network network = net(1);
    const AngleSpread spread = find_angle_spread(network, largest);
    NetworkValue value(network);
    int last = 0;
    for (const double error : {1e-3, 1e-6, 1e-9}) {
        const AngleTable table = make_angle_table(network, largest, choose_angle_knots(spread, error));
        double found = 0;
        for (int k = 0; k <= 4000; ++k) {
            const double theta = largest * (k / 2000.0 - 1);
            for (int c = 0; c < table.n_channels; ++c)
                found = std::max(found, (1 + std::fabs(theta)) *
                                            std::fabs(look_up(table, theta, c).slope - exact(value, theta, c).slope));
        }
        EXPECT_LT(found, 4 * error);  // the number of intervals is estimated from a trial with few of them
        EXPECT_GT(table.n_intervals, last);
        EXPECT_EQ(table.n_intervals % 2, 0);
        last = table.n_intervals;
    }
}

TEST(AngleTable, ValuesAndSlopesAreContinuousAcrossKnots) {
    const Network network = net(2);
    const AngleTable table = make_angle_table(network, largest, {1.0, 12});
    const AngleGrid<double> grid = table.grid<double>();
    for (int knot = 1; knot < table.n_intervals; ++knot) {
        const double u = (knot - table.n_intervals / 2) / grid.steps, theta = table.softening * u / (1 - std::fabs(u));
        for (int c = 0; c < table.n_channels; ++c) {
            const auto below = look_up(table, theta - 1e-9, c), above = look_up(table, theta + 1e-9, c);
            EXPECT_NEAR(below.value, above.value, 1e-7) << knot;
            EXPECT_NEAR(below.slope, above.slope, 1e-6) << knot;
        }
    }
}

TEST(AngleTable, IsExactAtZeroAndAtItsEnds) {
    const Network network = net(3);
    const AngleTable table = make_angle_table(network, largest, {1.0, 8});
    NetworkValue value(network);
    for (const double theta : {-largest, 0.0, largest})
        for (int c = 0; c < table.n_channels; ++c) {
            const auto wanted = exact(value, theta, c);
            EXPECT_NEAR(look_up(table, theta, c).value, wanted.value, 1e-11);
            EXPECT_NEAR(look_up(table, theta, c).slope, wanted.slope, 1e-9);
        }
}

}  // namespace
}  // namespace dpmd::compress
