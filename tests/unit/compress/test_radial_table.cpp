// Tables compared with the nets that they replace.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "math/environment.hpp"
#include "models/local/compress/radial_table.hpp"
#include "models/nets/network_value.hpp"
#include "support/random_models.hpp"

namespace dpmd {
namespace {

using compress::choose_knots;
using compress::find_spread;
using compress::look_up;
using compress::make_table;
using compress::TableKnots;
using compress::TableSource;
using testing::Random;

constexpr double nearest = 0.9, cutoff = 4.0;

struct Fixture {
    ModelData model = testing::random_model({}, 3);
    const Network& network = *testing::se_a_of(model).embedding.nets[0][0];
    RadialFunction function{std::make_shared<const Network>(network), {}, RadialFunction::Switch::none, 0};
    TableSource source{&function, {0.1, 0.3, testing::environment_of(model).switch_range(), 0.0}, nearest};
    std::vector<double> identity() const {
        const auto n = std::size_t(network.n_out());
        std::vector<double> rows(n * n, 0.0);
        for (std::size_t k = 0; k < n; ++k) rows[k * n + k] = 1;
        return rows;
    }
};

/// The largest deviation of s dG/dr over the range.
double deviation(const Fixture& f, const RadialTable& table) {
    NetworkValue net(f.network);
    double largest = 0;
    for (int k = 0; k <= 5000; ++k) {
        const double r = nearest + (cutoff - nearest) * k / 5000;
        const EnvironmentRadial<double> e = environment_radial(r, f.source.view.range, 0.0);
        net.evaluate((e.s - f.source.view.shift) / f.source.view.scale);
        for (std::size_t c = 0; c < std::size_t(net.n_out()); ++c) {
            const double slope = net.slope()[c] / f.source.view.scale;
            largest = std::max(largest, std::fabs((look_up(table, e.s, int(c)).slope - slope) * e.s_slope * e.s));
        }
    }
    return largest;
}

TEST(RadialTable, KeepsTheErrorAskedFor) {
    const Fixture f;
    for (const double error : {1e-3, 1e-5, 1e-7, 1e-9}) {
        const TableKnots knots = choose_knots(find_spread(f.source), error, 4096);
        const RadialTable table = make_table(f.source, knots, f.identity(), f.network.n_out());

        const double found = deviation(f, table);

        // knots are chosen from a trial with 64 intervals and the order of the method
        EXPECT_LT(found, 3 * error) << knots.n_intervals;
        EXPECT_EQ(table.n_intervals, knots.n_intervals);
    }
}

TEST(RadialTable, HasTheNetsValuesAndSlopesAtTheKnots) {
    const Fixture f;
    const TableKnots knots{0.7, 20};
    const RadialTable table = make_table(f.source, knots, f.identity(), f.network.n_out());
    NetworkValue net(f.network);
    for (int k = 0; k <= 2 * knots.n_intervals; ++k) {
        const double u = table.end * k / (2 * knots.n_intervals), s = knots.softening * u / (1 - u);
        net.evaluate((s - f.source.view.shift) / f.source.view.scale);
        for (std::size_t c = 0; c < std::size_t(net.n_out()); ++c) {
            const ValueSlope<double> got = look_up(table, s, int(c));
            EXPECT_NEAR(got.value, net.value()[c], 1e-12) << k;
            EXPECT_NEAR(got.slope, net.slope()[c] / f.source.view.scale, 1e-10) << k;
        }
    }
}

TEST(RadialTable, ProjectsOntoTheDirections) {
    const Fixture f;
    const auto m = std::size_t(f.network.n_out());
    const std::vector<double> directions = Random(4).uniforms(2 * m, -1, 1);
    const RadialTable whole = make_table(f.source, {1, 64}, f.identity(), int(m));
    const RadialTable two = make_table(f.source, {1, 64}, directions, 2);
    ASSERT_EQ(two.n_functions, 2);
    for (const double s : {0.0, 0.01, 0.3, 0.77, 1.1})
        for (std::size_t k = 0; k < 2; ++k) {
            double expected = 0;
            for (std::size_t c = 0; c < m; ++c) expected += directions[k * m + c] * look_up(whole, s, int(c)).value;
            EXPECT_NEAR(look_up(two, s, int(k)).value, expected, 1e-12);
        }
}

/// A function whose type factors follow a switch that falls from `smooth` on.
struct SwitchedFixture {
    ModelData model = testing::random_model({}, 8);
    RadialFunction function;
    TableSource source;
    SwitchedFixture(RadialFunction::Switch kind, double smooth)
        : function{std::make_shared<const Network>(*testing::se_a_of(model).embedding.nets[0][0]),
                   Random(9).uniforms(8, -1, 1), kind, smooth},
          source{&function, {0.1, 0.3, {smooth, cutoff, cutoff - smooth}, 0.0}, nearest} {}
    std::vector<double> identity() const {
        std::vector<double> rows(64, 0.0);
        for (std::size_t k = 0; k < 8; ++k) rows[9 * k] = 1;
        return rows;
    }
};

TEST(RadialTable, OfTheDistanceKeepsTheErrorWhereverTheSwitchBegins) {
    for (const auto kind : {RadialFunction::Switch::w, RadialFunction::Switch::cubic})
        for (const double smooth : {0.5, 2.0, 3.2}) {
            const SwitchedFixture f(kind, smooth);
            for (const double error : {1e-4, 1e-6, 1e-8}) {
                const TableKnots knots = choose_knots(find_spread(f.source), error, 4096);
                const RadialTable table = make_table(f.source, knots, f.identity(), 8);
                compress::ChannelValue channels(f.function, f.source.view);
                double largest = 0;
                for (int k = 0; k <= 5000; ++k) {
                    const double r = nearest + (cutoff - nearest) * k / 5000;
                    const double s = environment_radial(r, f.source.view.range, 0.0).s;
                    channels.at_distance(r);
                    for (std::size_t c = 0; c < 8; ++c)
                        largest =
                            std::max(largest, std::fabs(look_up(table, r, int(c)).slope - channels.slope()[c]) * s);
                }
                // for another number of intervals another softening puts a knot where the switch begins
                EXPECT_LT(largest, 15 * error) << knots.n_intervals << " intervals, switch from " << smooth << " Å";
                EXPECT_LT(knots.n_intervals, 1000) << error;
            }
        }
}

TEST(RadialTable, OfTheDistanceHasAKnotWhereTheSwitchBeginsAndEndsAtTheCutoff) {
    const SwitchedFixture f(RadialFunction::Switch::w, 2.5);
    for (const int n : {20, 64, 155}) {
        const RadialTable table = make_table(f.source, {6, n}, f.identity(), 8);
        const auto place = [&](double r) { return moment_place<double>(r, table.grid()).value; };

        EXPECT_TRUE(table.of_distance);
        EXPECT_NEAR(place(2.5), std::round(place(2.5)), 1e-9);
        EXPECT_NEAR(place(cutoff), 0, 1e-12);
        EXPECT_NEAR(place(nearest), n, 1e-9);
        compress::ChannelValue channels(f.function, f.source.view);
        channels.at_row(-f.source.view.shift / f.source.view.scale);
        for (int c = 0; c < 8; ++c) {
            EXPECT_NEAR(look_up(table, cutoff, c).value, channels.value()[c], 1e-13);
            EXPECT_NEAR(look_up(table, cutoff, c).slope, 0, 1e-13);
        }
    }
}

TEST(ChannelValue, SlopesAreFiniteDifferencesForEverySwitch) {
    using Switch = RadialFunction::Switch;
    for (const Switch kind : {Switch::none, Switch::w, Switch::cubic}) {
        const SwitchedFixture f(kind, 1.5);
        compress::ChannelValue at(f.function, f.source.view), below(at), above(at);
        for (const double r : {1.0, 1.7, 3.0, 3.9}) {
            const double h = 1e-6;
            at.at_distance(r);
            below.at_distance(r - h);
            above.at_distance(r + h);
            for (std::size_t c = 0; c < 8; ++c)
                EXPECT_NEAR(at.slope_by_distance(c), (above.value()[c] - below.value()[c]) / (2 * h), 1e-8) << r;
        }
    }
}

TEST(NetworkValue, SlopeIsTheFiniteDifferenceForLayersAndTables) {
    for (const bool tables : {false, true}) {
        testing::ModelRecipe recipe;
        recipe.tables = tables;
        recipe.timesteps = true;
        const ModelData model = testing::random_model(recipe, 5);
        const Network& network = *testing::se_a_of(model).embedding.nets[0][1];
        NetworkValue at(network), below(network), above(network);
        for (const double x : {-0.2, 0.06, 0.69, 1.43}) {
            const double h = 1e-6;
            at.evaluate(x);
            below.evaluate(x - h);
            above.evaluate(x + h);
            for (std::size_t c = 0; c < std::size_t(network.n_out()); ++c)
                EXPECT_NEAR(at.slope()[c], (above.value()[c] - below.value()[c]) / (2 * h), 1e-8) << x;
        }
    }
}

}  // namespace
}  // namespace dpmd
