// Whole runs on several ranks give the bits, files and errors of one rank.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "parallel/rank_systems.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;
using testing::Seen;
using testing::Water;
using testing::water_potential;

struct RankRun {
    Seen seen;
    RankReport report;  // of rank 0
};

RankRun run_on(int n_ranks, const Water& water, std::int64_t steps, double temperature = 330,
               std::array<int, 3> grid = {}) {
    RankRun out;
    run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(water_potential(), water.start(), water.options, {ranks, grid});
        simulation.initialize_velocities(temperature, 5);
        const Seen seen = testing::watched_run(simulation, steps);
        if (ranks->rank() == 0) out = {seen, simulation.rank_report()};
    });
    return out;
}

struct Case {
    const char* name;
    Water water;
    Ensemble ensemble;
};

class RankSimulation : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Systems, RankSimulation,
    ::testing::Values(Case{"cube_nve", Water::cube(), Nve{}}, Case{"tilted_nve", Water::tilted(), Nve{}},
                      Case{"droplet_nve", Water::droplet(), Nve{}}, Case{"slab_nve", Water::slab(), Nve{}},
                      Case{"wire_nve", Water::wire(), Nve{}}, Case{"one_cell_per_rank_nve", Water::cube(2), Nve{}},
                      Case{"cube_langevin", Water::cube(3), Langevin{330, 50}},
                      Case{"cube_nose_hoover", Water::cube(3), NoseHoover{330, 50, 3}},
                      Case{"cube_bussi", Water::cube(3), Bussi{330, 50}},
                      Case{"cube_mtk", Water::cube(3), Mtk{330, 1, 50, 200, Coupling::isotropic, 3}},
                      Case{"tilted_mtk_full", Water::tilted(), Mtk{330, 1, 50, 200, Coupling::full, 3}},
                      Case{"fixed_langevin", Water::cube(3).with_fixed(2), Langevin{330, 50}},
                      Case{"fixed_bussi", Water::slab().with_fixed(2), Bussi{330, 50}},
                      Case{"fixed_mtk_full", Water::tilted().with_fixed(2), Mtk{330, 1, 50, 200, Coupling::full, 3}}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(RankSimulation, HasTheBitsOfOneRank) {
    Water water = GetParam().water;
    water.options.ensemble = GetParam().ensemble;
    const RankRun alone = run_on(1, water, 30);
    EXPECT_GT(alone.seen.builds, 1) << "no list was built in the run, so nobody migrated";

    for (const int n_ranks : {2, 3, 4, 8}) {
        const RankRun together = run_on(n_ranks, water, 30);

        EXPECT_EQ(together.seen, alone.seen) << n_ranks << " ranks";
        EXPECT_EQ(together.report.grid[0] * together.report.grid[1] * together.report.grid[2], n_ranks);
        EXPECT_GT(together.report.n_remote_ghosts, 0);
    }
}

TEST(RankCopper, HasTheBitsOfOneRank) {
    testing::ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.fitting_scale = 0.5;
    const auto model = testing::model_parts(testing::random_model(recipe, 3)).bytes();
    PotentialOptions on_one_thread;
    on_one_thread.threads = 1;
    const auto potential = std::make_shared<const Potential>(model, "copper.dpmd", on_one_thread);
    std::vector<double> positions;
    for (int cell = 0; cell < 64; ++cell)
        for (int b = 0; b < 4; ++b)
            for (const double x :
                 {cell % 4 + (b & 1) * 0.5, cell / 4 % 4 + (b >> 1) * 0.5, cell / 16 + ((b & 1) ^ (b >> 1)) * 0.5})
                positions.push_back(3.61 * x);
    const std::vector<std::int32_t> types(256, 0);
    const std::vector<double> masses{63.546};
    const SimulationStart start{
        positions, types, {}, masses, Box::fully_periodic({14.44, 0, 0, 0, 14.44, 0, 0, 0, 14.44}), {}, {}};
    const auto run_on = [&](int n_ranks) {
        Seen out;
        run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
            SimulationOptions options;
            options.timestep = 1;
            options.skin = 0.2;
            Simulation simulation(potential, start, options, {ranks});
            simulation.initialize_velocities(600, 2);
            const Seen seen = testing::watched_run(simulation, 40);
            if (ranks->rank() == 0) out = seen;
        });
        return out;
    };
    const Seen alone = run_on(1);
    EXPECT_GT(alone.builds, 1);
    for (const int n_ranks : {2, 4, 8}) EXPECT_EQ(run_on(n_ranks), alone) << n_ranks << " ranks";
}

TEST(RankMigration, KeepsTheBitsOverAThousandSteps) {
    Water water = Water::cube(2);
    water.options.ensemble = Langevin{600, 30};
    water.options.skin = 0.3;
    const RankRun alone = run_on(1, water, 1000, 600);
    for (const int n_ranks : {2, 4}) {
        const RankRun together = run_on(n_ranks, water, 1000, 600);
        EXPECT_EQ(together.seen, alone.seen) << n_ranks << " ranks";
        EXPECT_GT(together.report.n_migrated, 200);
    }
}

TEST(RankMigration, KeepsADropletEvenlyShared) {
    const RankRun run = run_on(4, Water::droplet(), 20);
    EXPECT_LT(run.report.imbalance, 1.11);  // 81 atoms
}

TEST(RankGrid, IsTakenAsGivenOrRefused) {
    const Water water = Water::cube(2);
    const auto report = run_on(4, water, 5, 330, {1, 4, 1}).report;
    EXPECT_EQ(report.grid, (std::array<int, 3>{1, 4, 1}));
    expect_input_error([&] { run_on(4, water, 5, 330, {2, 1, 1}); }, {"grid = 2 x 1 x 1", "4 bricks"});
    expect_input_error([&] { run_on(1, water, 5, 330, {2, 1, 1}); }, {"grid = 2 x 1 x 1", "1 bricks"});
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

/// The water model in another form, to disagree with it slightly.
Model coarse_water() { return Model(DPMD_TREE "/examples/water/water_small.dpmd", {.precision = "mix16"}); }

/// A run with all files; it stops at `stop_at` and is resumed on `n_resumed` ranks.
std::string files_of(Water water, int n_ranks, int n_resumed, std::int64_t stop_at) {
    water.options.ensemble = Bussi{400, 40};
    const testing::TemporaryDirectory folder;
    const std::string thermo = folder / "thermo.csv", trajectory = folder / "t.extxyz", dump = folder / "t.lammpstrj",
                      checkpoint = folder / "checkpoint", table = folder / "model_devi.out",
                      selected = folder / "selected.extxyz";
    const auto watch = [&](Simulation& simulation) {
        simulation.thermo_log(thermo, 2);
        simulation.trajectory({trajectory, 5, "", true, true, true});
        simulation.trajectory({dump, 10, "", true, false, false, true});
        simulation.deviation({{coarse_water()}, table, 4, {}, true, selected, 0});
        simulation.checkpoint(checkpoint, 10);
    };
    run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(water_potential(), water.start(), water.options, {ranks});
        simulation.initialize_velocities(400, 1);
        watch(simulation);
        simulation.run(stop_at);
    });
    run_thread_ranks(n_resumed, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation = Simulation::resume(checkpoint, water_potential(), water.options.ensemble, {ranks});
        watch(simulation);
        simulation.run(40 - simulation.step());
    });
    std::string all;
    for (const std::string& path : {thermo, trajectory, dump, checkpoint, table, selected}) {
        EXPECT_FALSE(content_of(path).empty()) << path;
        all += content_of(path);
    }
    return all;
}

TEST(RankFiles, AreThoseOfOneRankAlsoWhenResumedOnOthers) {
    const Water water = Water::cube(2);
    const std::string alone = files_of(water, 1, 1, 40);
    ASSERT_GT(alone.size(), 10000u);
    EXPECT_EQ(files_of(water, 4, 4, 40), alone);
    EXPECT_EQ(files_of(water, 2, 3, 23), alone);
    EXPECT_EQ(files_of(water, 8, 1, 17), alone);
    EXPECT_EQ(files_of(water, 1, 4, 35), alone);
}

TEST(RankFiles, KeepFixedAtomsWhenResumedOnOthers) {
    const Water water = Water::cube(2).with_fixed(2);
    const std::string alone = files_of(water, 1, 1, 40);
    EXPECT_NE(alone.find(":move_mask:L:1"), std::string::npos);
    EXPECT_EQ(files_of(water, 2, 4, 23), alone);
    EXPECT_EQ(files_of(water, 4, 1, 17), alone);
}

TEST(RankErrors, ReachEveryRankWithOneMessage) {
    Water water = Water::cube(2);
    std::atomic<int> n_told = 0;
    std::mutex mutex;
    std::vector<std::string> messages;
    run_thread_ranks(4, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(water_potential(), water.start(), water.options, {ranks});
        std::vector<double> velocities(water.positions.size(), 0.0);
        velocities[3 * 11] = 3.0;  // 1.5 Å per step
        try {
            simulation.set_velocities(velocities);
            simulation.run(10);
        } catch (const InputError& error) {
            ++n_told;
            const std::lock_guard<std::mutex> lock(mutex);
            messages.push_back(error.what());
        }
    });
    EXPECT_EQ(n_told, 4);
    for (const std::string& message : messages) {
        EXPECT_EQ(message, messages[0]);
        EXPECT_NE(message.find("atom 11 at"), std::string::npos) << message;
        EXPECT_NE(message.find("blown up"), std::string::npos) << message;
    }
}

TEST(RankErrors, NameTheStepInWhichAtomsCollide) {
    Water water = Water::cube(2);
    std::vector<double> velocities(water.positions.size(), 0.0);
    velocities[3 * 1] = -0.9;  // moves a hydrogen into its oxygen, 0.45 Å per step
    velocities[3 * 1 + 1] = 0;
    const auto crash = [&](int n_ranks) {
        std::string message;
        run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
            Simulation simulation(water_potential(), water.start(), water.options, {ranks});
            simulation.set_velocities(velocities);
            try {
                simulation.run(200);
            } catch (const InputError& error) {
                if (ranks->rank() == 0) message = error.what();
            }
        });
        return message;
    };
    const std::string alone = crash(1), together = crash(3);
    EXPECT_EQ(together.substr(0, together.find(':')), alone.substr(0, alone.find(':'))) << alone << "\n" << together;
}

TEST(RankErrors, OfOneRanksDiskStopAll) {
    Water water = Water::cube(2);
    expect_input_error(
        [&] {
            run_thread_ranks(3, [&](const std::shared_ptr<Communicator>& ranks) {
                Simulation simulation(water_potential(), water.start(), water.options, {ranks});
                simulation.trajectory({"/nowhere/at/all.extxyz", 1, "", false, false});
            });
        },
        {"/nowhere/at/all.extxyz"});
}

TEST(RankErrors, RefuseRanksThatStartFromDifferentAtoms) {
    expect_input_error(
        [&] {
            run_thread_ranks(3, [&](const std::shared_ptr<Communicator>& ranks) {
                Water water = Water::cube(2);
                if (ranks->rank() == 2) water.positions[7] += 1e-9;
                Simulation(water_potential(), water.start(), water.options, {ranks});
            });
        },
        {"rank 2 was given other atoms"});
}

TEST(RankStops, WhenOneOfThemIsAsked) {
    Water water = Water::cube(2);
    std::atomic<int> n_stopped = 0;
    run_thread_ranks(4, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(water_potential(), water.start(), water.options, {ranks});
        simulation.callback(
            [&] {
                if (ranks->rank() == 2 && simulation.step() == 4) simulation.request_stop();
            },
            1);
        if (simulation.run(20) == 4) ++n_stopped;
        EXPECT_EQ(simulation.run(3), 3);
    });
    EXPECT_EQ(n_stopped, 4);
}

TEST(RankStops, WhenACallerOfOneRankThrows) {
    Water water = Water::cube(2);
    std::atomic<int> n_threw = 0, n_returned = 0;
    run_thread_ranks(2, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(water_potential(), water.start(), water.options, {ranks});
        try {
            const auto done = simulation.run(20, [&] {
                if (ranks->rank() == 1 && simulation.step() == 3) throw std::runtime_error("interrupted");
            });
            EXPECT_EQ(done, 3);
            ++n_returned;
        } catch (const std::runtime_error&) {
            ++n_threw;
        }
        simulation.run(2);
        EXPECT_EQ(simulation.step(), 5);
    });
    EXPECT_EQ(n_threw, 1);
    EXPECT_EQ(n_returned, 1);
}

}  // namespace
}  // namespace dpmd
