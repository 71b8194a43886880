// The ensembles sample what they claim: averages and fluctuations agree with statistical mechanics within five standard
// errors.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "md/constants.hpp"
#include "support/block_average.hpp"
#include "support/spring_crystal.hpp"

namespace dpmd::md {
namespace {

using testing::block_average;
using testing::block_variance;
using testing::CrystalRun;
using testing::Estimate;

constexpr double temperature = 300;
constexpr double kT = boltzmann * temperature;
constexpr double n_errors = 5;

/// Springs so hard that at 300 K the quartic energy is as large as the quadratic; fastest period about 17 fs.
testing::SpringCrystal anharmonic() {
    testing::SpringCrystal crystal;
    crystal.hardening = 100;
    return crystal;
}

struct Case {
    const char* name;
    Ensemble ensemble;
};

std::string case_name(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

/// Calls observe(run) after each step, except for the first tenth.
template <class F>
void sample(CrystalRun& run, int n_steps, F&& observe) {
    run.draw(temperature, 1);
    for (int k = 0; k < n_steps / 10; ++k) run.step();
    for (int k = 0; k < n_steps; ++k) {
        run.step();
        observe(run);
    }
}

class Thermostat : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ensembles, Thermostat,
                         ::testing::Values(Case{"langevin", Langevin{temperature, 20}},
                                           Case{"nose_hoover", NoseHoover{temperature, 10, 3}},
                                           Case{"bussi", Bussi{temperature, 20}},
                                           Case{"mtk_isotropic", Mtk{temperature, 0, 10, 200, Coupling::isotropic, 3}},
                                           Case{"mtk_full", Mtk{temperature, 0, 10, 200, Coupling::full, 3}}),
                         case_name);

TEST_P(Thermostat, KineticEnergyHasTheMeanAndVarianceOfTheCanonicalEnsemble) {
    CrystalRun run(GetParam().ensemble, 0.5, 1, anharmonic());
    std::vector<double> kinetic;
    sample(run, 400000, [&](const CrystalRun& r) { kinetic.push_back(r.kinetic()); });

    const double n_f = run.state.degrees_of_freedom;
    const Estimate mean = block_average(kinetic), variance = block_variance(kinetic);

    // in addition to the statistical error there is the step error (omega dt)^2 / 4 of the velocities, 0.3 % on average
    EXPECT_NEAR(mean.mean / (0.5 * n_f * kT), 1.0, n_errors * mean.error / (0.5 * n_f * kT) + 4e-3);
    EXPECT_NEAR(variance.mean / (0.5 * n_f * kT * kT), 1.0, n_errors * variance.error / (0.5 * n_f * kT * kT) + 8e-3);
    EXPECT_LT(variance.error / variance.mean, 0.05) << "too little data to tell";
    std::printf("%s: <K>/K0 = %.5f +- %.5f, var K / (N_f kT^2 / 2) = %.4f +- %.4f\n", GetParam().name,
                mean.mean / (0.5 * n_f * kT), mean.error / (0.5 * n_f * kT), variance.mean / (0.5 * n_f * kT * kT),
                variance.error / (0.5 * n_f * kT * kT));
}

/// At low temperature the crystal is harmonic, and its mean potential energy kT / 2 per degree of freedom.
void expect_exact_positions(const testing::SpringCrystal& crystal) {
    constexpr double cold = 1.0;
    CrystalRun run(Langevin{cold, 20}, 5.0, 1, crystal);  // the fastest mode has a period of 32 fs
    std::vector<double> energy;
    run.draw(cold, 1);
    for (int k = 0; k < 1000; ++k) run.step();
    for (int k = 0; k < 100000; ++k) {
        run.step();
        energy.push_back(run.state.energy);
    }

    const Estimate mean = block_average(energy);
    const double expected = 0.5 * run.state.degrees_of_freedom * boltzmann * cold;
    std::printf("<U>/U0 = %.5f +- %.5f\n", mean.mean / expected, mean.error / expected);
    // springs rotate: anharmonic terms are of relative size kT / (k l^2) = 1e-5
    EXPECT_NEAR(mean.mean / expected, 1.0, n_errors * mean.error / expected + 1e-4);
    EXPECT_LT(mean.error / expected, 2e-3);
}

TEST(Langevin, PositionsOfHarmonicAtomsAreExactAtLargeTimeSteps) { expect_exact_positions({}); }

TEST(Langevin, PositionsOfHarmonicAtomsAreExactBesideFixedOnes) {
    testing::SpringCrystal crystal;
    crystal.fixed = {0, 1, 3, 9, 13, 20, 26};
    expect_exact_positions(crystal);
}

/// Volume (Å^3), internal pressure (bar) and (internal - external pressure) * volume / kT along a run.
struct PressureRun {
    std::vector<double> volume, pressure, excess;
};

PressureRun run_at(double pressure, Coupling coupling) {
    CrystalRun run(Mtk{temperature, pressure, 10, 200, coupling, 3}, 0.5, 1, anharmonic());
    PressureRun out;
    sample(run, 300000, [&](const CrystalRun& r) {
        const double virial = r.state.virial[0][0] + r.state.virial[1][1] + r.state.virial[2][2];
        const double volume = r.state.lattice.volume();
        const double internal = (r.state.motion.twice_kinetic_energy() + virial) / (3 * volume);
        out.volume.push_back(volume);
        out.pressure.push_back(internal * bar_per_ev_per_cubic_angstrom);
        out.excess.push_back((internal - pressure / bar_per_ev_per_cubic_angstrom) * volume / kT);
    });
    return out;
}

class Barostat : public ::testing::TestWithParam<Coupling> {};
INSTANTIATE_TEST_SUITE_P(Couplings, Barostat, ::testing::Values(Coupling::isotropic, Coupling::full),
                         [](const auto& one) { return one.param == Coupling::full ? "full" : "isotropic"; });

TEST_P(Barostat, SamplesTheIsothermalIsobaricEnsemble) {
    constexpr double low = 0, high = 10000;  // bar
    const PressureRun at_low = run_at(low, GetParam()), at_high = run_at(high, GetParam());

    // the kinetic part of the pressure, about 1500 bar, is accurate to (omega dt)^2 / 4
    constexpr double step_error = 5;  // bar
    // <P> = p, and <(P - p) V> = -kT (integrate d/dV of V exp(-p V / kT) Q(V))
    for (const auto& [run, pressure] : {std::pair{&at_low, low}, std::pair{&at_high, high}}) {
        const Estimate internal = block_average(run->pressure), excess = block_average(run->excess);
        EXPECT_NEAR(internal.mean, pressure, n_errors * internal.error + step_error);
        EXPECT_NEAR(excess.mean, -1, n_errors * excess.error);
        EXPECT_LT(excess.error, 0.05) << "too little data to tell";
        std::printf("p = %.0f bar: <P> = %.1f +- %.1f bar, <(P - p) V>/kT = %.4f +- %.4f\n", pressure, internal.mean,
                    internal.error, excess.mean, excess.error);
    }
    // d<V>/dp = -var(V)/kT, with the mean of both ends
    const Estimate v_low = block_average(at_low.volume), v_high = block_average(at_high.volume);
    const Estimate var_low = block_variance(at_low.volume), var_high = block_variance(at_high.volume);
    const double unit = bar_per_ev_per_cubic_angstrom / (high - low);
    const double slope = (v_high.mean - v_low.mean) * unit, slope_error = std::hypot(v_low.error, v_high.error) * unit;
    const double expected = -0.5 * (var_low.mean + var_high.mean) / kT;
    const double expected_error = 0.5 * std::hypot(var_low.error, var_high.error) / kT;
    EXPECT_NEAR(slope, expected, n_errors * std::hypot(slope_error, expected_error));
    EXPECT_LT(expected_error / std::fabs(expected), 0.05) << "too little data to tell";
    std::printf("d<V>/dp = %.1f +- %.1f, -var(V)/kT = %.1f +- %.1f Å^6/eV\n", slope, slope_error, expected,
                expected_error);
}

TEST(Mtk, FullCouplingRelaxesAShearedCell) {
    CrystalRun run(Mtk{temperature, 0, 10, 200, Coupling::full, 3}, 0.5, 1, anharmonic());
    Matrix3 sheared = run.state.lattice.cell;
    sheared[1][0] = 0.6;
    const Matrix3 stretch = product(run.state.lattice.inverse_cell, sheared);
    for (std::size_t i = 0; i < std::size_t(run.state.n); ++i) {
        const Vector3 moved = row_times(run.state.positions.data() + 3 * i, stretch);
        for (std::size_t c = 0; c < 3; ++c) run.state.positions.data()[3 * i + c] = moved[int(c)];
    }
    run.state.cell = sheared;
    run.state.push();
    run.state.pull();
    run.compute_forces(run.state);

    std::vector<double> cosine, stress;
    sample(run, 100000, [&](const CrystalRun& r) {
        const Matrix3& h = r.state.lattice.cell;
        cosine.push_back(dot(h[0], h[1]) / std::sqrt(dot(h[0], h[0]) * dot(h[1], h[1])));
        stress.push_back((r.state.motion.kinetic_tensor[3] + r.state.virial[0][1]) / r.state.lattice.volume());
    });

    EXPECT_NEAR(block_average(cosine).mean, 0, n_errors * block_average(cosine).error);
    EXPECT_LT(block_average(cosine).error, 0.005);
    EXPECT_NEAR(block_average(stress).mean, 0, n_errors * block_average(stress).error);
}

}  // namespace
}  // namespace dpmd::md
