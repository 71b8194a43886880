// Whole runs on several ranks: the bits, the files and the errors of one rank.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "dpmd/simulation.hpp"
#include "support/expect_error.hpp"
#include "support/random_numbers.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;

const std::string water_model = DPMD_TREE "/examples/water/water_small.dpmd";

std::shared_ptr<const Potential> potential() {
    static const auto loaded = [] {
        PotentialOptions options;
        options.compress = "moment";
        options.threads = 1;
        return std::make_shared<const Potential>(water_model, options);
    }();
    return loaded;
}

/// Water molecules on a lattice of 3.1 Å, turned this way and that.
struct Water {
    std::vector<double> positions;
    std::vector<std::int32_t> types;
    Box box;
    std::vector<double> masses{15.999, 1.008};
    SimulationOptions options;

    Water(int a, int b, int c, const Box& given, double lattice_shift = 0) : box(given) {
        const double bond = 0.9572, angle = 104.52 * 3.14159265358979323846 / 180;
        testing::Random random(17);
        for (int m = 0; m < a * b * c; ++m) {
            const double f[3] = {3.1 * (m % a), 3.1 * (m / a % b), 3.1 * (m / a / b)};
            const double turn = random.uniform(0, 6.28), tilt = random.uniform(-0.2, 0.2);
            const auto place = [&](double x, double y, double z, std::int32_t type) {
                const double cosine = std::cos(turn), sine = std::sin(turn);
                const double v[3] = {f[0] + cosine * x - sine * y + lattice_shift * f[2], f[1] + sine * x + cosine * y,
                                     f[2] + z};
                positions.insert(positions.end(), v, v + 3);
                types.push_back(type);
            };
            place(0, 0, 0, 0);
            place(bond, 0, tilt, 1);
            place(bond * std::cos(angle), bond * std::sin(angle), -tilt, 1);
        }
        options.timestep = 0.5;
        options.skin = 0.5;
        options.seed = 3;
    }
    SimulationStart start() const { return {positions, types, {}, masses, box, {}, {}}; }

    static Water cube(int n = 4) {
        return Water(n, n, n, Box::fully_periodic({3.1 * n, 0, 0, 0, 3.1 * n, 0, 0, 0, 3.1 * n}));
    }
    static Water tilted() { return Water(4, 4, 3, Box::fully_periodic({12.4, 0, 0, 0, 12.4, 0, 2.79, 0, 9.3}), 0.3); }
    static Water droplet() { return Water(3, 3, 3, Box{}); }
    static Water slab() {
        return Water(3, 3, 2, Box::fully_periodic({9.3, 0, 0, 0, 9.3, 0, 0, 0, 40}));
    }
    /// One molecule wide: a rank's brick is thinner than the cutoff, and the box too.
    static Water wire() { return Water(1, 1, 6, Box::fully_periodic({6, 0, 0, 0, 6, 0, 0, 0, 18.6})); }
};

struct Seen {
    std::vector<double> positions, velocities, forces, energies, pressures;
    std::int64_t builds = 0;
    bool operator==(const Seen&) const = default;
};

Seen run(Simulation& simulation, std::int64_t steps) {
    Seen out;
    for (std::int64_t done = 0; done < steps; done += 5) {
        simulation.run(5);
        const Thermo thermo = simulation.thermo();
        out.energies.push_back(thermo.conserved_energy);
        out.energies.push_back(thermo.kinetic_energy);
        if (!std::isnan(thermo.pressure)) out.pressures.push_back(thermo.pressure);
    }
    const auto copy = [](std::span<const double> values) { return std::vector<double>(values.begin(), values.end()); };
    out.positions = copy(simulation.positions());
    out.velocities = copy(simulation.velocities());
    out.forces = copy(simulation.forces());
    out.builds = simulation.n_list_builds();
    return out;
}

struct RankRun {
    Seen seen;
    RankReport report;  // of rank 0
};

RankRun run_on(int n_ranks, const Water& water, std::int64_t steps, double temperature = 330,
               std::array<int, 3> grid = {}) {
    RankRun out;
    run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(potential(), water.start(), water.options, {ranks, grid});
        simulation.initialize_velocities(temperature, 5);
        const Seen seen = run(simulation, steps);
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
                      Case{"wire_nve", Water::wire(), Nve{}}, Case{"cube_langevin", Water::cube(3), Langevin{330, 50}},
                      Case{"cube_nose_hoover", Water::cube(3), NoseHoover{330, 50, 3}},
                      Case{"cube_bussi", Water::cube(3), Bussi{330, 50}},
                      Case{"cube_mtk", Water::cube(3), Mtk{330, 1, 50, 200, Coupling::isotropic, 3}},
                      Case{"tilted_mtk_full", Water::tilted(), Mtk{330, 1, 50, 200, Coupling::full, 3}}),
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

/// A run with all files; `stop_at`: where it ends before it is resumed on `n_resumed` ranks.
std::string files_of(int n_ranks, int n_resumed, std::int64_t stop_at) {
    Water water = Water::cube(2);
    water.options.ensemble = Bussi{400, 40};
    const testing::TemporaryDirectory folder;
    const std::string thermo = folder / "thermo.csv", trajectory = folder / "t.extxyz", dump = folder / "t.lammpstrj",
                      checkpoint = folder / "checkpoint";
    const auto watch = [&](Simulation& simulation) {
        simulation.thermo_log(thermo, 2);
        simulation.trajectory({trajectory, 5, "", true, true});
        simulation.trajectory({dump, 10, "", false, false});
        simulation.checkpoint(checkpoint, 10);
    };
    run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(potential(), water.start(), water.options, {ranks});
        simulation.initialize_velocities(400, 1);
        watch(simulation);
        simulation.run(stop_at);
    });
    run_thread_ranks(n_resumed, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation =
            Simulation::resume(checkpoint, potential(), water.options.ensemble, {ranks});
        watch(simulation);
        simulation.run(40 - simulation.step());
    });
    return content_of(thermo) + content_of(trajectory) + content_of(dump) +
           content_of(checkpoint);
}

TEST(RankFiles, AreThoseOfOneRankAlsoWhenResumedOnOthers) {
    const std::string alone = files_of(1, 1, 40);
    ASSERT_GT(alone.size(), 10000u);
    EXPECT_EQ(files_of(4, 4, 40), alone);
    EXPECT_EQ(files_of(2, 3, 23), alone);
    EXPECT_EQ(files_of(8, 1, 17), alone);
    EXPECT_EQ(files_of(1, 4, 35), alone);
}

TEST(RankErrors, ReachEveryRankWithOneMessage) {
    Water water = Water::cube(2);
    std::atomic<int> n_told = 0;
    std::mutex mutex;
    std::vector<std::string> messages;
    run_thread_ranks(4, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(potential(), water.start(), water.options, {ranks});
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
    velocities[3 * 1] = -0.9;  // a hydrogen into its oxygen, 0.45 Å per step
    velocities[3 * 1 + 1] = 0;
    const auto crash = [&](int n_ranks) {
        std::string message;
        run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
            Simulation simulation(potential(), water.start(), water.options, {ranks});
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
                Simulation simulation(potential(), water.start(), water.options, {ranks});
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
                Simulation(potential(), water.start(), water.options, {ranks});
            });
        },
        {"rank 2 was given other atoms"});
}

TEST(RankStops, WhenOneOfThemIsAsked) {
    Water water = Water::cube(2);
    std::atomic<int> n_stopped = 0;
    run_thread_ranks(4, [&](const std::shared_ptr<Communicator>& ranks) {
        Simulation simulation(potential(), water.start(), water.options, {ranks});
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
        Simulation simulation(potential(), water.start(), water.options, {ranks});
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
