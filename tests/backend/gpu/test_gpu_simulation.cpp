// Whole runs on a device: the module is the emulator's, opened as any other by the name "cuda:0".
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "dpmd/simulation.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/random_systems.hpp"
#include "support/spring_crystal.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;

class WithEmulatedModule : public ::testing::Environment {
    void SetUp() override { setenv("DPMD_MODULES", DPMD_EMULATED_MODULES, 1); }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new WithEmulatedModule);

const std::string water_model = DPMD_TREE "/examples/water/water_small.dpmd";

/// Eight water molecules on a lattice, turned this way and that.
struct Water {
    std::vector<double> positions;
    std::vector<std::int32_t> types;
    Box box = Box::fully_periodic({6.2, 0, 0, 0, 6.2, 0, 0, 0, 6.2});
    std::vector<double> masses{15.999, 1.008};
    std::vector<std::int32_t> fixed;

    Water() {
        const double bond = 0.9572, angle = 104.52 * 3.14159265358979323846 / 180;
        for (int m = 0; m < 8; ++m) {
            const double o[3] = {3.1 * (m % 2), 3.1 * (m / 2 % 2), 3.1 * (m / 4)};
            const double turn = 1.3 * m;
            const auto place = [&](double x, double y, double z, std::int32_t type) {
                const double c = std::cos(turn), s = std::sin(turn);
                for (const double value : {o[0] + c * x - s * y, o[1] + s * x + c * y, o[2] + z})
                    positions.push_back(value);
                types.push_back(type);
            };
            place(0, 0, 0, 0);
            place(bond, 0, 0.1 * m, 1);
            place(bond * std::cos(angle), bond * std::sin(angle), 0, 1);
        }
    }
    SimulationStart start() const { return {positions, types, {}, masses, box, {}, {}, fixed}; }
};

std::shared_ptr<Potential> potential(const std::string& device, const std::string& precision = "double",
                                     const std::string& compress = "moment") {
    PotentialOptions options;
    options.device = device;
    options.precision = precision;
    options.compress = compress;
    options.threads = 1;
    return std::make_shared<Potential>(water_model, options);
}

TEST(GpuPotential, EqualsTheCpu) {
    const Water water;
    const Atoms atoms{water.positions, water.types, water.box, {}, {}};
    for (const char* form : {"off", "moment", "table"}) {
        SCOPED_TRACE(form);
        const Result cpu = potential("cpu", "double", form)->compute(atoms, true);

        const auto device = potential("cuda:0", "double", form);
        const Result gpu = device->compute(atoms, true);

        EXPECT_EQ(device->device(), "emulator:0");
        EXPECT_NEAR(gpu.energy, cpu.energy, 1e-9);
        for (std::size_t k = 0; k < cpu.forces.size(); ++k) ASSERT_NEAR(gpu.forces[k], cpu.forces[k], 1e-10);
        for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(gpu.virial[k], cpu.virial[k], 1e-9);
        for (std::size_t k = 0; k < cpu.atom_virials.size(); ++k)
            ASSERT_NEAR(gpu.atom_virials[k], cpu.atom_virials[k], 1e-9);
    }
}

TEST(GpuPotential, SaysWhereItsTimeGoes) {
    const Water water;
    const auto device = potential("cuda:0");

    device->compute({water.positions, water.types, water.box, {}, {}});

    double evaluation = 0;
    for (const StageTime& stage : device->stage_times())
        if (stage.stage != "neighbors") evaluation += stage.seconds;
    EXPECT_GT(evaluation, 0);
}

struct Case {
    const char* name;
    Ensemble ensemble;
};

std::vector<Case> cases() {
    return {{"nve", Nve{}},
            {"langevin", Langevin{330, 50}},
            {"nose_hoover", NoseHoover{330, 50, 3}},
            {"bussi", Bussi{330, 50}},
            {"mtk_isotropic", Mtk{330, 1, 50, 200, Coupling::isotropic, 3}},
            {"mtk_full", Mtk{330, 1, 50, 200, Coupling::full, 3}}};
}

class GpuSimulation : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, GpuSimulation, ::testing::ValuesIn(cases()),
                         [](const auto& tested) { return tested.param.name; });

struct Seen {
    std::vector<double> positions, energies;
    std::int64_t builds = 0;
};

Seen run(const std::string& device, const Ensemble& ensemble, int steps, std::int64_t every, const Water& water = {}) {
    SimulationOptions options;
    options.ensemble = ensemble;
    options.timestep = 0.25;
    options.skin = 0.2;
    options.seed = 3;
    Simulation simulation(potential(device), water.start(), options);
    simulation.initialize_velocities(330, 1);
    Seen seen;
    simulation.callback([&] { seen.energies.push_back(simulation.thermo().conserved_energy); }, every);
    simulation.run(steps);
    seen.positions.assign(simulation.positions().begin(), simulation.positions().end());
    seen.builds = simulation.n_list_builds();
    return seen;
}

TEST_P(GpuSimulation, FollowsTheCpuThroughRebuildsOfTheList) {
    const Seen cpu = run("cpu", GetParam().ensemble, 30, 10);

    const Seen gpu = run("cuda:0", GetParam().ensemble, 30, 10);

    EXPECT_GT(cpu.builds, 1);
    ASSERT_EQ(gpu.energies.size(), cpu.energies.size());
    for (std::size_t k = 0; k < cpu.energies.size(); ++k) EXPECT_NEAR(gpu.energies[k], cpu.energies[k], 1e-7);
    for (std::size_t k = 0; k < cpu.positions.size(); ++k) ASSERT_NEAR(gpu.positions[k], cpu.positions[k], 1e-8);
}

TEST_P(GpuSimulation, HasTheSameBitsHoweverFarTheDeviceIsAhead) {
    const Seen together = run("cuda:0", GetParam().ensemble, 24, 24);

    const Seen one_by_one = run("cuda:0", GetParam().ensemble, 24, 1);

    EXPECT_EQ(together.positions, one_by_one.positions);
    EXPECT_EQ(together.builds, one_by_one.builds);
}

TEST_P(GpuSimulation, KeepsFixedAtomsWhereTheCpuDoes) {
    Water water;
    water.fixed = {0, 1, 2, 12};

    const Seen cpu = run("cpu", GetParam().ensemble, 8, 8, water),
               gpu = run("cuda:0", GetParam().ensemble, 8, 8, water);

    const bool cell_is_fixed = !std::holds_alternative<Mtk>(GetParam().ensemble);
    for (const std::int32_t atom : water.fixed)
        for (std::size_t k = 3 * std::size_t(atom); k < 3 * std::size_t(atom) + 3; ++k) {
            if (cell_is_fixed) EXPECT_EQ(gpu.positions[k], water.positions[k]);
            else EXPECT_NEAR(gpu.positions[k], cpu.positions[k], 1e-12);
        }
    EXPECT_NEAR(gpu.energies.back(), cpu.energies.back(), 1e-7);
}

TEST_P(GpuSimulation, ContinuesFromACheckpointToTheSameBits) {
    Water water;
    water.fixed = {3, 4};
    SimulationOptions options;
    options.ensemble = GetParam().ensemble;
    options.timestep = 0.25;
    options.skin = 0.5;
    Simulation simulation(potential("cuda:0"), water.start(), options);
    simulation.initialize_velocities(330, 1);
    simulation.run(10);
    const testing::TemporaryDirectory folder;
    simulation.write_checkpoint(folder / "run.ckpt");
    simulation.run(10);

    Simulation again = Simulation::resume(folder / "run.ckpt", potential("cuda:0"));
    again.run(10);

    const std::vector<double> expected(simulation.positions().begin(), simulation.positions().end());
    const std::vector<double> got(again.positions().begin(), again.positions().end());
    EXPECT_EQ(got, expected);
}

TEST(GpuSimulation, AtomsTooCloseForTheTablesTakeTheExactNetsOnTheWay) {
    Water water;
    water.positions[3] = water.positions[0] + 0.55;  // a bond far shorter than any of the training data
    SimulationOptions options;
    options.timestep = 0.05;
    const auto energy = [&](const std::string& device) {
        Simulation simulation(potential(device), water.start(), options);
        simulation.run(12);
        EXPECT_GT(simulation.n_fallback(), 0) << device;
        return simulation.thermo().conserved_energy;
    };
    const double cpu = energy("cpu");

    EXPECT_NEAR(energy("cuda:0"), cpu, 1e-6);
}

TEST(GpuSimulation, NamesTheAtomThatHasFlownAwayAndItsStep) {
    Water water;
    water.positions[3] = water.positions[0] + 0.3;  // pushed away by hundreds of eV/Å
    SimulationOptions options;
    options.timestep = 1;
    Simulation simulation(potential("cuda:0"), water.start(), options);

    expect_input_error([&] { simulation.run(50); }, {"step ", "atom "});
    expect_input_error([&] { simulation.run(1); }, {"cannot go on"});
}

TEST(Devices, AreListedWithWhatTheyAre) {
    bool found = false;
    for (const Device& device : devices()) {
        found |= device.name == "cuda:0" && device.unusable.empty() && device.memory_bytes > 0;
        EXPECT_TRUE(device.unusable.empty() || device.unusable.size() > 10) << device.name;
    }
    EXPECT_TRUE(found);
}

TEST(Devices, ThatAreNotThereAreRefusedByName) {
    const Water water;
    for (const char* name : {"cuda:7", "hip:0"}) {
        const std::string number = std::string(name).substr(std::string(name).find(':'));
        try {
            potential(name);
            FAIL() << name;
        } catch (const DeviceError& error) {
            EXPECT_NE(std::string(error.what()).find(number), std::string::npos) << error.what();
        }
    }
    for (const char* name : {"cuda:x", "gpu", "cuda:-1", ""})
        expect_input_error([&] { potential(name); }, {"device", "cuda:0"});
}

}  // namespace
}  // namespace dpmd
