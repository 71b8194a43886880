// The building blocks of integrators.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dpmd/errors.hpp"
#include "math/nose_hoover_chain.hpp"
#include "math/random_draws.hpp"
#include "math/symmetric_matrix.hpp"
#include "md/constants.hpp"
#include "support/block_average.hpp"
#include "support/random_numbers.hpp"
#include "support/spring_crystal.hpp"

namespace dpmd::md {
namespace {

TEST(Constants, AreThoseOfCodata2018) {
    EXPECT_NEAR(boltzmann, 8.617333262145e-5, 1e-16);
    EXPECT_NEAR(atomic_mass_unit, 103.6426965268, 1e-9);
    EXPECT_NEAR(bar_per_ev_per_cubic_angstrom, 1602176.634, 1e-6);
    EXPECT_NEAR(gram_per_cubic_centimetre, 1.66053906660, 1e-12);
}

Matrix3 random_symmetric(dpmd::testing::Random& random) {
    Matrix3 a{};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j <= i; ++j) a[i][j] = a[j][i] = random.uniform(-2, 2);
    return a;
}

void expect_near(const Matrix3& a, const Matrix3& b, double tolerance) {
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) EXPECT_NEAR(a[i][j], b[i][j], tolerance) << i << j;
}

TEST(SymmetricMatrix, EigensystemGivesTheMatrixBack) {
    dpmd::testing::Random random(5);
    for (int k = 0; k < 100; ++k) {
        const Matrix3 a = random_symmetric(random);

        const Eigensystem system = diagonalize(a);

        expect_near(apply(system, [](double x) { return x; }), a, 1e-14);
        expect_near(product(system.rows, transpose(system.rows)), identity3, 1e-14);
    }
}

TEST(SymmetricMatrix, ExponentialOfMinusAIsTheInverse) {
    dpmd::testing::Random random(6);
    const Eigensystem system = diagonalize(random_symmetric(random));

    const Matrix3 forth = apply(system, [](double x) { return std::exp(x); });
    const Matrix3 back = apply(system, [](double x) { return std::exp(-x); });

    expect_near(product(forth, back), identity3, 1e-13);
}

TEST(SymmetricMatrix, TinyOffDiagonalsAndEqualEigenvaluesAreNoTrouble) {
    for (const Matrix3& a : {identity3, Matrix3{}, Matrix3{{{1, 1e-300, 0}, {1e-300, 1, 0}, {0, 0, 1}}},
                             Matrix3{{{2, 1, 1}, {1, 2, 1}, {1, 1, 2}}}})
        expect_near(apply(diagonalize(a), [](double x) { return x; }), a, 1e-15);
}

TEST(Sinhc, IsSmoothWhereTheSeriesTakesOver) {
    for (const double x : {0.0, 1e-8, 0.00999999, 0.01000001, 0.5, -0.5, 3.0}) {
        const double expected = x == 0 ? 1.0 : double(std::sinh((long double)(x)) / (long double)(x));
        EXPECT_NEAR(sinhc(x), expected, 4e-16 * expected) << x;
    }
}

TEST(RandomDraws, GammaVariatesHaveMeanAndVarianceEqualToTheirShape) {
    for (const double shape : {0.5, 1.0, 2.5, 287.0}) {
        const int n = 100000;
        std::vector<double> values;
        for (int k = 0; k < n; ++k)
            values.push_back(RandomDraws({11, RandomStream::rescale, std::uint64_t(k)}).gamma(shape));

        const testing::Estimate mean = testing::block_average(values), variance = testing::block_variance(values);

        EXPECT_NEAR(mean.mean, shape, 5 * std::sqrt(shape / n)) << shape;
        EXPECT_NEAR(variance.mean, shape, 5 * variance.error) << shape;
    }
}

TEST(RandomDraws, AreAFunctionOfTheKey) {
    const RandomKey key{1, RandomStream::rescale, 5};
    EXPECT_EQ(RandomDraws(key).sum_of_squares(100), RandomDraws(key).sum_of_squares(100));
    EXPECT_NE(RandomDraws(key).sum_of_squares(100), RandomDraws({1, RandomStream::rescale, 6}).sum_of_squares(100));
    EXPECT_NE(RandomDraws(key).sum_of_squares(100), RandomDraws({2, RandomStream::rescale, 5}).sum_of_squares(100));
    EXPECT_EQ(RandomDraws(key).sum_of_squares(0), 0);
}

/// For free particles coupled to a chain, K follows the chain alone.
TEST(NoseHooverChain, ConservesItsEnergyToFourthOrder) {
    std::vector<double> errors;
    for (const double dt : {4.0, 2.0}) {
        NoseHooverChain chain(3, 30, 0.025, 20.0);
        double twice_kinetic = 3 * 30 * 0.025;
        const double start = 0.5 * twice_kinetic + chain.energy();
        double largest = 0;
        for (int k = 0; k < int(400 / dt); ++k) {
            const double scale = chain.advance(twice_kinetic, dt);
            twice_kinetic *= scale * scale;
            largest = std::max(largest, std::fabs(0.5 * twice_kinetic + chain.energy() - start));
        }
        errors.push_back(largest);
    }

    EXPECT_LT(errors[0], 1e-3);
    EXPECT_NEAR(std::log2(errors[0] / errors[1]), 4.0, 0.5);
}

TEST(InitialVelocities, AreMaxwellBoltzmannWithoutMomentum) {
    testing::SpringCrystal large;
    large.cells = 12;
    testing::CrystalRun run(Nve{}, 1.0, 1, large);
    State& state = run.state;

    draw_velocities(*run.backend, state, 300, 4, false);
    const double drawn = temperature(state);
    double fourth = 0, second = 0;
    for (const double v : state.velocities.on_host()) {
        second += v * v / double(state.velocities.size());
        fourth += v * v * v * v / double(state.velocities.size());
    }

    const double n_f = state.degrees_of_freedom;
    EXPECT_NE(drawn, 300);
    EXPECT_NEAR(drawn / 300, 1, 5 * std::sqrt(2 / n_f));
    EXPECT_NEAR(fourth / (3 * second * second), 1, 5 * std::sqrt(24.0 / 9 / n_f));  // a Gaussian's kurtosis
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(state.motion.momentum[k], 0, 1e-9);
}

TEST(InitialVelocities, ExactMeansExactly) {
    testing::CrystalRun run(Nve{}, 1.0);

    run.draw(300, 4);

    EXPECT_NEAR(temperature(run.state), 300, 1e-7);
}

TEST(InitialVelocities, DependOnSeedAndIdOnly) {
    testing::CrystalRun one(Nve{}, 1.0), same(Nve{}, 1.0), other(Nve{}, 1.0);
    draw_velocities(*one.backend, one.state, 300, 4, false);
    draw_velocities(*same.backend, same.state, 300, 4, false);
    draw_velocities(*other.backend, other.state, 300, 5, false);

    EXPECT_TRUE(std::ranges::equal(one.state.velocities.on_host(), same.state.velocities.on_host()));
    EXPECT_NE(one.state.velocities.on_host()[0], other.state.velocities.on_host()[0]);
}

TEST(InitialVelocities, ZeroTemperatureIsRest) {
    testing::CrystalRun run(Nve{}, 1.0);

    run.draw(0, 4);

    EXPECT_EQ(run.kinetic(), 0);
}

/// A state with velocities and more atoms than a thread takes at once.
State many_atoms(Backend& backend) {
    testing::SpringCrystal crystal;
    crystal.cells = 22;
    State state = crystal.make_state();
    draw_velocities(backend, state, 300, 4, false);
    return state;
}

TEST(Measure, GivesTheSameBitsForAnyNumberOfThreads) {
    const auto one = cpu::make_backend(1, ""), three = cpu::make_backend(3, "");
    const State state = many_atoms(*one), same = many_atoms(*three);

    EXPECT_TRUE(std::ranges::equal(state.velocities.on_host(), same.velocities.on_host()));
    EXPECT_TRUE(std::ranges::equal(state.motion.kinetic_tensor, same.motion.kinetic_tensor));
    EXPECT_TRUE(std::ranges::equal(state.motion.momentum.v, same.motion.momentum.v));
}

TEST(Measure, NamesTheFirstOfManyAtomsThatHaveFlownAway) {
    const auto backend = cpu::make_backend(3, "");
    State state = many_atoms(*backend);
    for (const std::size_t atom : {10000u, 4100u, 9000u}) state.velocities.data()[3 * atom] = 7;

    try {
        measure(*backend, state);
        pull_motion(state);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("atom 4100 "), std::string::npos) << error.what();
    }
}

TEST(Measure, NamesTheFirstAtomThatHasFlownAway) {
    testing::CrystalRun run(Nve{}, 1.0);
    for (const double bad : {5.0, -5.0, std::nan(""), 1e300, HUGE_VAL}) {
        std::vector<double> velocities(run.state.velocities.size(), 0.0);
        velocities[3 * 7 + 1] = velocities[3 * 9] = bad;
        run.state.velocities.assign(velocities);
        try {
            measure(*run.backend, run.state);
            pull_motion(run.state);
            FAIL() << bad;
        } catch (const InputError& error) {
            EXPECT_NE(std::string(error.what()).find("atom 7 at (0, 6, 3)"), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace dpmd::md
