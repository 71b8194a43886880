// Atoms that do not move, in every ensemble: they stay, and the others have the statistics of fewer degrees of freedom.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "dpmd/potential.hpp"
#include "md/check_start.hpp"
#include "md/constants.hpp"
#include "support/block_average.hpp"
#include "support/expect_error.hpp"
#include "support/spring_crystal.hpp"

namespace dpmd::md {
namespace {

using dpmd::testing::expect_input_error;
using testing::block_average;
using testing::block_variance;
using testing::CrystalRun;
using testing::Estimate;

constexpr double temperature = 300;
constexpr double kT = boltzmann * temperature;
constexpr double n_errors = 5;

/// 27 atoms, 7 of them fixed: a corner, and some among free atoms.
testing::SpringCrystal crystal_with_fixed() {
    testing::SpringCrystal crystal;
    crystal.hardening = 100;
    crystal.fixed = {0, 1, 3, 9, 13, 20, 26};
    return crystal;
}

struct Case {
    const char* name;
    Ensemble ensemble;
    std::string backend;
};

std::vector<Case> cases() {
    std::vector<Case> out;
    for (const std::string& backend : dpmd::testing::with_devices({""})) {
        out.push_back({"nve", Nve{}, backend});
        out.push_back({"langevin", Langevin{temperature, 20}, backend});
        out.push_back({"nose_hoover", NoseHoover{temperature, 10, 3}, backend});
        out.push_back({"bussi", Bussi{temperature, 20}, backend});
        out.push_back({"mtk_isotropic", Mtk{temperature, 5000, 10, 200, Coupling::isotropic, 3}, backend});
        out.push_back({"mtk_full", Mtk{temperature, 5000, 10, 200, Coupling::full, 3}, backend});
    }
    return out;
}

std::vector<Case> on_cpu(bool with_nve) {
    std::vector<Case> out = cases();
    std::erase_if(out, [&](const Case& one) {
        return !one.backend.empty() || (!with_nve && std::holds_alternative<Nve>(one.ensemble));
    });
    return out;
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
    std::string name = concat(info.param.backend.empty() ? "cpu" : info.param.backend, "_", info.param.name);
    std::replace(name.begin(), name.end(), ':', '_');
    return name;
}

CrystalRun run_of(const Case& tested, double timestep = 0.5) {
    return {tested.ensemble, timestep, 1, crystal_with_fixed(), true, tested.backend};
}

/// Fractional coordinates.
std::vector<double> fractions(const State& state) {
    std::vector<double> out;
    const auto positions = state.positions.on_host();
    for (std::size_t i = 0; i < std::size_t(state.n); ++i) {
        const Vector3 f = row_times(positions.data() + 3 * i, state.lattice.inverse_cell);
        out.insert(out.end(), f.v, f.v + 3);
    }
    return out;
}

class FixedAtoms : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, FixedAtoms, ::testing::ValuesIn(cases()), case_name);

TEST_P(FixedAtoms, KeepTheirPlacesWhileTheOthersMove) {
    CrystalRun run = run_of(GetParam());
    run.draw(temperature, 4);
    const auto at_start = run.state.positions.on_host();
    const std::vector<double> start(at_start.begin(), at_start.end()), start_fractions = fractions(run.state);

    for (int k = 0; k < 100; ++k) run.step();

    const std::vector<double> end_fractions = fractions(run.state);
    const auto positions = run.state.positions.on_host(), velocities = run.state.velocities.on_host();
    const bool cell_is_fixed = !std::holds_alternative<Mtk>(GetParam().ensemble);
    for (std::size_t i = 0; i < std::size_t(run.state.n); ++i) {
        const bool is_fixed = std::ranges::binary_search(run.state.fixed, std::int32_t(i));
        for (std::size_t k = 3 * i; k < 3 * i + 3; ++k) {
            EXPECT_EQ(velocities[k] == 0, is_fixed) << k;
            if (is_fixed && cell_is_fixed) EXPECT_EQ(positions[k], start[k]) << k;
            // one rounding error for each step
            else if (is_fixed) EXPECT_NEAR(end_fractions[k], start_fractions[k], 1e-14) << k;
            else EXPECT_NE(positions[k], start[k]) << k;
        }
    }
    EXPECT_EQ(run.state.lattice.cell[0][0] == 9, cell_is_fixed);
}

TEST_P(FixedAtoms, HaveNoShareInTheTemperature) {
    CrystalRun run = run_of(GetParam());

    run.draw(temperature, 4);

    double twice_kinetic = 0;
    for (const double v : run.state.velocities.on_host()) twice_kinetic += 4 * atomic_mass_unit * v * v;
    EXPECT_EQ(run.state.degrees_of_freedom, 60);
    EXPECT_NEAR(twice_kinetic / (60 * kT), 1, 1e-10);
    EXPECT_NEAR(md::temperature(run.state), temperature, 1e-8);
}

class MotionBesideFixedAtoms : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, MotionBesideFixedAtoms, ::testing::ValuesIn(on_cpu(true)), case_name);

TEST_P(MotionBesideFixedAtoms, ConservesItsEnergy) {
    CrystalRun run = run_of(GetParam(), 0.25);
    run.draw(temperature, 1);
    const int n = 10000;
    double first_half = 0, second_half = 0;

    for (int k = 0; k < n; ++k) {
        run.step();
        (k < n / 2 ? first_half : second_half) += run.conserved() / (n / 2);
    }

    // halves 1.25 ps apart, thermal energy 1.5 eV; the heat added by noise is known only up to the step error
    const bool is_noisy =
        std::holds_alternative<Langevin>(GetParam().ensemble) || std::holds_alternative<Bussi>(GetParam().ensemble);
    EXPECT_NEAR(first_half, second_half, is_noisy ? 1e-2 : 2e-4);
}

class ThermostatBesideFixedAtoms : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, ThermostatBesideFixedAtoms, ::testing::ValuesIn(on_cpu(false)), case_name);

TEST_P(ThermostatBesideFixedAtoms, SamplesTheCanonicalKineticEnergyOfTheFreeAtoms) {
    CrystalRun run = run_of(GetParam());
    std::vector<double> kinetic;
    run.draw(temperature, 1);
    for (int k = 0; k < 10000; ++k) run.step();
    for (int k = 0; k < 80000; ++k) {
        run.step();
        kinetic.push_back(run.kinetic());
    }

    const double n_f = 60;
    const Estimate mean = block_average(kinetic), variance = block_variance(kinetic);
    // in addition to the statistical error there is the step error (omega dt)^2 / 4 of the velocities, 0.3 % on average
    EXPECT_NEAR(mean.mean / (0.5 * n_f * kT), 1.0, n_errors * mean.error / (0.5 * n_f * kT) + 4e-3);
    EXPECT_NEAR(variance.mean / (0.5 * n_f * kT * kT), 1.0, n_errors * variance.error / (0.5 * n_f * kT * kT) + 8e-3);
    EXPECT_LT(mean.error / mean.mean, 3.0 / 60 / n_errors) << "cannot tell 60 degrees of freedom from 57";
}

TEST(MtkBesideFixedAtoms, SamplesTheIsothermalIsobaricEnsemble) {
    // <P> = p, and <(P - p) V> = -kT (integrate d/dV of V exp(-p V / kT) Q(V)), where fixed atoms keep their fractional
    // coordinates
    constexpr double pressure = 5000;  // bar
    for (const Coupling coupling : {Coupling::isotropic, Coupling::full}) {
        CrystalRun run(Mtk{temperature, pressure, 10, 200, coupling, 3}, 0.5, 1, crystal_with_fixed());
        std::vector<double> internal, excess;
        run.draw(temperature, 1);
        for (int k = 0; k < 110000; ++k) {
            run.step();
            if (k < 10000) continue;
            const double virial = run.state.virial[0][0] + run.state.virial[1][1] + run.state.virial[2][2];
            const double volume = run.state.lattice.volume();
            internal.push_back((run.state.motion.twice_kinetic_energy() + virial) / (3 * volume) *
                               bar_per_ev_per_cubic_angstrom);
            excess.push_back((internal.back() - pressure) * volume / bar_per_ev_per_cubic_angstrom / kT);
        }
        const Estimate p = block_average(internal), work = block_average(excess);
        EXPECT_NEAR(p.mean, pressure, n_errors * p.error + 5);  // the kinetic part is accurate to (omega dt)^2 / 4
        EXPECT_NEAR(work.mean, -1, n_errors * work.error);
        EXPECT_LT(work.error, 0.1) << "too little data to tell";
    }
}

/// Two atoms of water, with the `fixed` atoms and velocities of a test.
struct Start {
    std::vector<double> positions{0, 0, 0, 1, 0, 0}, velocities, masses{16, 1};
    std::vector<std::int32_t> types{0, 1}, fixed;

    void check() const {
        ModelInfo model;
        model.type_map = {"O", "H"};
        check_start({positions, types, velocities, masses, Box{}, {}, {}, fixed}, model);
    }
};

TEST(CheckStart, NamesWhatIsWrongWithFixedAtoms) {
    Start start;
    start.fixed = {1};
    start.velocities = {0.1, 0, 0, 0, 0, 0};
    start.check();
    start.velocities[5] = -0.25;
    expect_input_error([&] { start.check(); }, {"velocities[1] = (0, 0, -0.25)", "fixed", "zero"});
    start.velocities.clear();
    start.fixed = {0, 2};
    expect_input_error([&] { start.check(); }, {"fixed[1] = 2", "0 to 1"});
    start.fixed = {-1};
    expect_input_error([&] { start.check(); }, {"fixed[0] = -1", "0 to 1"});
    start.fixed = {1, 1};
    expect_input_error([&] { start.check(); }, {"fixed names atom 1 twice"});
    start.fixed = {1, 0};
    expect_input_error([&] { start.check(); }, {"all 2 atoms are fixed"});
}

TEST(CheckOptions, LetOneAtomMoveBesideFixedOnes) {
    Start start;
    start.fixed = {0};
    SimulationOptions options;
    options.timestep = 1;
    for (const Ensemble& ensemble : {Ensemble(Nve{}), Ensemble(Bussi{300, 50})})
        for (const bool zero_momentum : {true, false}) {
            options.ensemble = ensemble;
            options.zero_momentum = zero_momentum;
            check_options(options, {start.positions, start.types, {}, start.masses, Box{}, {}, {}, start.fixed});
            EXPECT_EQ(degrees_of_freedom(options, 2, 1), 3);
        }
}

}  // namespace
}  // namespace dpmd::md
