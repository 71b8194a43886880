// Results are a function of the atoms alone: not of threads, of the order of the input, or of the way pairs are summed.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "math/fixed_point.hpp"
#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::ModelRecipe;
using testing::Random;

class Determinism : public testing::PerBackend {
protected:
    EngineResult compute(const ModelData& model, const System& system, int threads, const std::int64_t* ids = nullptr) {
        const auto engine = testing::make_engine(model, {GetParam(), threads});
        return testing::compute(*engine, system, {}, ids);
    }
};

TEST_P(Determinism, HasEqualBitsForAnyNumberOfThreads) {
    ModelRecipe recipe;
    recipe.n_types = 3;
    const ModelData model = testing::random_model(recipe, 1);
    const System system = testing::random_system(testing::box_kind("orthogonal"), 70, 3, 1.2, 1);
    const EngineResult one = compute(model, system, 1);

    for (const int threads : {2, 3, 7, 11}) {
        const EngineResult many = compute(model, system, threads);

        EXPECT_EQ(many, one) << threads << " threads";
    }
}

TEST_P(Determinism, HasEqualBitsWhenManyThreadsAddToTheSameAtoms) {  // more threads than have arrays of their own
    // every tile adds to every atom: additions that are not atomic lose some within a few rounds
    ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.sel = {600};
    recipe.embedding = {2};
    recipe.axis = 1;
    recipe.fitting = {};
    recipe.fitting_scale = 0.1;  // atoms are as near as 0.2 Å: their forces must fit the sums
    const ModelData model = testing::random_model(recipe, 2);
    const System system = testing::random_system(testing::box_kind("open"), 400, 1, 0.2, 2);
    const EngineResult one = compute(model, system, 1);
    const auto engine = testing::make_engine(model, {GetParam(), 11});

    for (int round = 0; round < 20; ++round) EXPECT_EQ(testing::compute(*engine, system), one) << "round " << round;
}

/// Bitwise equality of the result for permuted atoms that keep their ids.
void expect_permutation_changes_nothing(const System& system, auto&& compute) {
    const int n = system.n();
    std::vector<std::int64_t> ids(std::size_t(n), 0);
    std::iota(ids.begin(), ids.end(), 1000);
    const EngineResult plain = compute(system, ids.data());
    Random random(2);
    for (int round = 0; round < 4; ++round) {
        const std::vector<int> order = random.permutation(n);
        std::vector<std::int64_t> moved_ids;
        for (const int i : order) moved_ids.push_back(ids[std::size_t(i)]);

        const EngineResult moved = compute(testing::permuted(system, order), moved_ids.data());

        EXPECT_EQ(moved.energy, plain.energy);
        EXPECT_EQ(moved.virial, plain.virial);
        for (std::size_t k = 0; k < std::size_t(n); ++k) {
            const auto i = std::size_t(order[k]);
            EXPECT_EQ(moved.atom_energies[k], plain.atom_energies[i]);
            for (std::size_t c = 0; c < 3; ++c)
                EXPECT_EQ(moved.forces[3 * k + c], plain.forces[3 * i + c]) << "atom " << i;
            for (std::size_t c = 0; c < 9; ++c) EXPECT_EQ(moved.atom_virials[9 * k + c], plain.atom_virials[9 * i + c]);
        }
    }
}

TEST_P(Determinism, HasEqualBitsForAnyOrderOfTheInput) {
    ModelRecipe recipe;
    recipe.sel = {900, 900};
    const ModelData model = testing::random_model(recipe, 3);
    for (const char* kind : {"triclinic", "slab", "open", "tiny_skewed"}) {
        SCOPED_TRACE(kind);
        const System system = testing::random_system(testing::box_kind(kind), 40, 2, 1.0, 3);
        expect_permutation_changes_nothing(
            system, [&](const System& s, const std::int64_t* ids) { return compute(model, s, 1, ids); });
    }
}

TEST_P(Determinism, HasEqualBitsForAnyOrderOfAPerfectCrystal) {
    const ModelData model = testing::random_model({}, 4);
    // shells of equal distances, and several atoms to a cell of the list: only ids order them
    const System crystal = testing::fcc_crystal(3, 2.2, 2);
    expect_permutation_changes_nothing(
        crystal, [&](const System& s, const std::int64_t* ids) { return compute(model, s, 2, ids); });
}

TEST_P(Determinism, WithoutIdsTheOrderOfTheInputMattersOnlyInTheLastDigits) {
    const ModelData model = testing::random_model({}, 4);
    const System crystal = testing::fcc_crystal(2, 3.6, 2);
    const EngineResult plain = compute(model, crystal, 1);
    const std::vector<int> order = Random(4).permutation(crystal.n());

    const EngineResult moved = compute(model, testing::permuted(crystal, order), 1);

    // ties of the distance are ordered by index then: sums of 42 neighbours in another order, two quanta each
    const double allowed = 84 * 2 / fixed_scale;
    for (std::size_t k = 0; k < order.size(); ++k)
        for (std::size_t c = 0; c < 3; ++c)
            EXPECT_NEAR(moved.forces[3 * k + c], plain.forces[3 * std::size_t(order[k]) + c], allowed);
}

TEST_P(Determinism, ForcesSumToExactlyZeroInFixedPoint) {
    ModelRecipe recipe;
    recipe.sel = {900, 900};  // the tiny boxes hold hundreds of images within the cutoff
    const ModelData model = testing::random_model(recipe, 5);
    for (const testing::BoxKind& kind : testing::box_kinds()) {
        SCOPED_TRACE(kind.name);
        const System system = testing::random_system(kind, 40, 2, 1.0, 5);

        const EngineResult got = compute(model, system, 3);

        std::int64_t sum[3] = {0, 0, 0};
        for (std::size_t k = 0; k < got.forces.size(); ++k) {
            // so that a double holds every bit of the sum of terms
            ASSERT_LT(std::fabs(got.forces[k]), 0x1p52 / fixed_scale);
            const double units = got.forces[k] * fixed_scale;
            ASSERT_EQ(units, std::rint(units)) << "not a multiple of the quantum";
            sum[k % 3] += static_cast<std::int64_t>(units);
        }
        for (const std::int64_t s : sum) EXPECT_EQ(s, 0);
    }
}

TEST_P(Determinism, ACrystalAtRestFeelsNoForceAtAll) {
    // One type on the lattice: every neighbour has its mirror image, whose gradient has the same magnitude. Rounding
    // of the two mirror sums may differ, so a few quanta remain.
    ModelRecipe recipe;
    recipe.n_types = 1;
    const ModelData model = testing::random_model(recipe, 6);
    const System crystal = testing::fcc_crystal(3, 3.6, 1);

    const EngineResult got = compute(model, crystal, 1);

    for (const double f : got.forces) EXPECT_NEAR(f, 0.0, 100 / fixed_scale);
}

TEST_P(Determinism, AtomVirialsAndEnergiesSumToTheTotals) {
    const ModelData model = testing::random_model({}, 7);
    const System system = testing::random_system(testing::box_kind("full_matrix"), 40, 2, 1.0, 7);

    const EngineResult got = compute(model, system, 2);

    const double n = double(system.n());
    // each energy is rounded once; each virial once per pair in the atoms, once per atom in the total
    EXPECT_NEAR(std::accumulate(got.atom_energies.begin(), got.atom_energies.end(), 0.0), got.energy, n / fixed_scale);
    for (std::size_t k = 0; k < 9; ++k) {
        double sum = 0;
        for (std::size_t i = 0; i < std::size_t(system.n()); ++i) sum += got.atom_virials[9 * i + k];
        EXPECT_NEAR(sum, got.virial[k], n * 60 / fixed_scale) << k;
    }
}

DPMD_INSTANTIATE_PER_BACKEND(Determinism);

}  // namespace
}  // namespace dpmd
