// Properties of each ensemble's splitting, step by step: order, reversibility, conservation.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "md/constants.hpp"
#include "support/spring_crystal.hpp"

namespace dpmd::md {
namespace {

using testing::CrystalRun;

const Ensemble isotropic = Mtk{300, 20000, 50, 200, Coupling::isotropic, 3};
const Ensemble full = Mtk{300, 20000, 50, 200, Coupling::full, 3};

struct Case {
    const char* name;
    Ensemble ensemble;
};

std::vector<Case> deterministic() {
    return {{"nve", Nve{}},
            {"nose_hoover_1", NoseHoover{300, 50, 1}},
            {"nose_hoover_3", NoseHoover{300, 50, 3}},
            {"mtk_isotropic", isotropic},
            {"mtk_full", full}};
}

std::vector<Case> stochastic() { return {{"langevin", Langevin{300, 50}}, {"bussi", Bussi{300, 50}}}; }

std::vector<Case> all() {
    std::vector<Case> out = deterministic();
    for (const Case& one : stochastic()) out.push_back(one);
    return out;
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

/// Root mean square of the conserved energy around its mean over 2000 fs, after 200 fs, eV.
double energy_error(const Ensemble& ensemble, double timestep) {
    CrystalRun run(ensemble, timestep);
    run.draw(600, 1);
    const int n_start = int(200 / timestep), n = int(2000 / timestep);
    double sum = 0, squares = 0, first = 0;
    for (int k = 0; k < n_start + n; ++k) {
        run.step();
        if (k < n_start) continue;
        if (k == n_start) first = run.conserved();
        sum += run.conserved() - first;
        squares += (run.conserved() - first) * (run.conserved() - first);
    }
    return std::sqrt(squares / n - sum / n * sum / n);
}

class DeterministicEnsemble : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, DeterministicEnsemble, ::testing::ValuesIn(deterministic()), case_name);

TEST_P(DeterministicEnsemble, ConservedEnergyErrorIsOfSecondOrder) {
    const double coarse = energy_error(GetParam().ensemble, 1.0);
    const double medium = energy_error(GetParam().ensemble, 0.5);
    const double fine = energy_error(GetParam().ensemble, 0.25);

    // a factor of 4 per halving; the trajectories differ, so the fluctuations differ by a few percent
    EXPECT_NEAR(coarse / medium, 4.0, 0.6);
    EXPECT_NEAR(medium / fine, 4.0, 0.6);
}

TEST_P(DeterministicEnsemble, ConservedEnergyDoesNotDrift) {
    CrystalRun run(GetParam().ensemble, 0.5);
    run.draw(600, 1);
    const int n = 40000;
    double first_half = 0, second_half = 0;

    for (int k = 0; k < n; ++k) {
        run.step();
        (k < n / 2 ? first_half : second_half) += run.conserved() / (n / 2);
    }

    // halves 10 ps apart; 27 atoms with about 2 eV of thermal energy
    EXPECT_NEAR(first_half, second_half, 2e-4);
}

TEST_P(DeterministicEnsemble, RunsBackwardsAfterAllVelocitiesAreTurned) {
    CrystalRun run(GetParam().ensemble, 0.5);
    run.draw(300, 1);
    const auto at_start = run.state.positions.on_host();
    const std::vector<double> start(at_start.begin(), at_start.end());
    const Box start_box = run.state.box;
    const int n = 200;

    for (int k = 0; k < n; ++k) run.step();
    run.state.factors.scale = -1;
    run.state.push();
    scale_velocities(*run.backend, run.state);
    std::vector<double> memory = run.integrator->memory(run.state);
    // MTK: cell velocity, positions and velocities of both chains; chains alone: positions and velocities
    const bool barostat = std::holds_alternative<Mtk>(GetParam().ensemble);
    for (std::size_t k = 0; barostat && k < 9; ++k) memory[k] = -memory[k];
    for (std::size_t at = barostat ? 9 : 0; at < memory.size();) {
        const std::size_t length = barostat ? 3 : memory.size() / 2;
        for (std::size_t k = at + length; k < at + 2 * length; ++k) memory[k] = -memory[k];
        at += 2 * length;
    }
    run.integrator->recall(run.state, memory);
    measure(*run.backend, run.state);
    pull_motion(run.state);
    for (int k = 0; k < n; ++k) run.step();

    // chaotic motion amplifies rounding, but only little in 200 steps
    for (std::size_t k = 0; k < start.size(); ++k) ASSERT_NEAR(run.state.positions.on_host()[k], start[k], 1e-9);
    for (std::size_t k = 0; k < 9; ++k) ASSERT_NEAR(run.state.box.cell[k], start_box.cell[k], 1e-9);
}

class EveryEnsemble : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, EveryEnsemble, ::testing::ValuesIn(all()), case_name);

TEST_P(EveryEnsemble, KeepsTheTotalMomentumAtZero) {
    CrystalRun run(GetParam().ensemble, 0.5);
    run.draw(300, 1);

    for (int k = 0; k < 999; ++k) run.step();  // one step before the effect of rounding is removed

    const double atom_momentum = std::sqrt(run.state.mass.on_host()[0] * boltzmann * 300);
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(run.state.motion.momentum[k], 0, 1e-9 * atom_momentum);
}

TEST_P(EveryEnsemble, ContinuesFromItsMemoryToTheSameBits) {
    CrystalRun run(GetParam().ensemble, 0.5, 7);
    run.draw(300, 1);
    for (int k = 0; k < 50; ++k) run.step();

    CrystalRun again(GetParam().ensemble, 0.5, 7);
    again.state.positions.assign(run.state.positions.on_host());
    again.state.velocities.assign(run.state.velocities.on_host());
    again.state.cell = run.state.cell;
    again.state.step = run.state.step;
    again.state.push();
    again.state.pull();
    measure(*again.backend, again.state);
    pull_motion(again.state);
    again.compute_forces(again.state);
    again.integrator->recall(again.state, run.integrator->memory(run.state));
    for (int k = 0; k < 50; ++k) {
        run.step();
        again.step();
    }

    EXPECT_TRUE(std::ranges::equal(run.state.positions.on_host(), again.state.positions.on_host()));
    EXPECT_TRUE(std::ranges::equal(run.state.velocities.on_host(), again.state.velocities.on_host()));
    EXPECT_EQ(run.state.box, again.state.box);
    EXPECT_EQ(run.conserved(), again.conserved());
}

class StochasticEnsemble : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, StochasticEnsemble, ::testing::ValuesIn(stochastic()), case_name);

TEST_P(StochasticEnsemble, EnergyMinusHeatStaysWhereTheStepErrorLeavesIt) {
    CrystalRun run(GetParam().ensemble, 0.25);
    run.draw(300, 1);
    const double start = run.conserved();

    double largest = 0;
    for (int k = 0; k < 40000; ++k) {
        run.step();
        largest = std::max(largest, std::fabs(run.conserved() - start));
    }

    // ten picoseconds, in which the heat exchanged adds up to many times the thermal energy of 2 eV
    EXPECT_LT(largest, 0.02);
}

TEST_P(StochasticEnsemble, AnotherSeedGivesAnotherTrajectory) {
    CrystalRun one(GetParam().ensemble, 0.5, 1), other(GetParam().ensemble, 0.5, 2);
    one.draw(300, 1);
    other.draw(300, 1);

    for (int k = 0; k < 10; ++k) {
        one.step();
        other.step();
    }

    EXPECT_NE(one.state.velocities.on_host()[0], other.state.velocities.on_host()[0]);
}

TEST(Mtk, CellDoesNotRotate) {
    CrystalRun run(full, 0.5);
    run.draw(300, 1);

    for (int k = 0; k < 2000; ++k) run.step();

    // the cell velocity that the barostat remembers is symmetric to the last bit
    const std::vector<double> g = run.integrator->memory(run.state);
    EXPECT_EQ(g[1], g[3]);
    EXPECT_EQ(g[2], g[6]);
    EXPECT_EQ(g[5], g[7]);
    EXPECT_NE(g[1], 0);
}

TEST(Mtk, IsotropicCouplingKeepsTheShape) {
    CrystalRun run(isotropic, 0.5);
    run.draw(300, 1);

    for (int k = 0; k < 2000; ++k) run.step();

    const Matrix3& h = run.state.lattice.cell;
    EXPECT_NE(h[0][0], 9.0);
    EXPECT_EQ(h[0][0], h[1][1]);
    EXPECT_EQ(h[0][0], h[2][2]);
    EXPECT_EQ(h[0][1], 0);
}

TEST(Langevin, WithoutZeroMomentumTheCenterOfMassIsThermal) {
    CrystalRun run(Langevin{300, 20}, 0.5, 3, {}, false);
    run.draw(300, 1);
    double sum = 0;
    const int n = 200000;  // 100 ps, 2500 decay times of the squared velocity

    for (int k = 0; k < n; ++k) {
        run.step();
        sum += dot(run.state.motion.momentum.v, run.state.motion.momentum.v);
    }

    const double expected = 3 * run.state.total_mass * boltzmann * 300;
    // three Gaussian components: relative error sqrt(2 / (3 * 100 ps / 20 fs)) = 1.2 %
    EXPECT_NEAR(sum / n / expected, 1.0, 0.05);
}

}  // namespace
}  // namespace dpmd::md
