// Tables of theta N(theta): as close to the nets as asked, continuous with their slopes, on both sides of 0.
#include <gtest/gtest.h>

#include <cmath>

#include "models/local/compress/angle_table.hpp"
#include "models/nets/network_value.hpp"
#include "support/random_three_body_models.hpp"

namespace dpmd::compress {
namespace {

constexpr double largest = 40;

std::vector<Network> nets(std::uint64_t seed) {
    testing::ModelRecipe recipe;
    recipe.embedding = {4, 8};
    return {*testing::se_t_of(testing::random_three_body_model(recipe, seed)).embedding.nets[0]};
}

/// theta N(theta) and its slope.
ValueSlope<double> exact(NetworkValue& network, double theta, int channel) {
    network.evaluate(theta);
    return {theta * network.value()[channel], network.value()[channel] + theta * network.slope()[channel]};
}

TEST(AngleTable, KeepsTheErrorThatWasAskedFor) {
    const std::vector<Network> networks = nets(1);
    const AngleSpread spread = find_angle_spread(networks, largest);
    NetworkValue value(networks.front());
    int last = 0;
    for (const double error : {1e-3, 1e-6, 1e-9}) {
        const AngleTable table = make_angle_table(networks, largest, choose_angle_knots(spread, error));
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
    const std::vector<Network> networks = nets(2);
    const AngleTable table = make_angle_table(networks, largest, {1.0, 12});
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
    const std::vector<Network> networks = nets(3);
    const AngleTable table = make_angle_table(networks, largest, {1.0, 8});
    NetworkValue value(networks.front());
    for (const double theta : {-largest, 0.0, largest})
        for (int c = 0; c < table.n_channels; ++c) {
            const auto wanted = exact(value, theta, c);
            EXPECT_NEAR(look_up(table, theta, c).value, wanted.value, 1e-11);
            EXPECT_NEAR(look_up(table, theta, c).slope, wanted.slope, 1e-9);
        }
}

TEST(AngleTable, HoldsTheSumOfNetworks) {
    std::vector<Network> networks = nets(4);
    networks.push_back(nets(5).front());
    const AngleTable table = make_angle_table(networks, largest, {1.0, 200});
    NetworkValue first(networks[0]), second(networks[1]);
    for (const double theta : {-7.3, -0.4, 0.02, 11.0})
        for (int c = 0; c < table.n_channels; ++c) {
            const auto a = exact(first, theta, c), b = exact(second, theta, c);
            EXPECT_NEAR(look_up(table, theta, c).value, a.value + b.value, 1e-9);
            EXPECT_NEAR(look_up(table, theta, c).slope, a.slope + b.slope, 1e-7);
        }
}

}  // namespace
}  // namespace dpmd::compress
