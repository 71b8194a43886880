// Whole evaluations of small random models against the slow reference, for every feature and every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/equals_reference.hpp"
#include "support/model_recipes.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::Outcome;
using reference::Parameters;
using reference::System;
using testing::ModelRecipe;
using testing::Random;

class SeAEvaluator : public testing::PerBackend {};

TEST_P(SeAEvaluator, EqualsTheReferenceForEveryModelFeature) {
    std::uint64_t seed = 100;
    for (const ModelRecipe& recipe : testing::model_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = testing::random_model(recipe, seed);
        const System system = testing::random_system(testing::box_kind("triclinic"), 21, recipe.n_types, 1.0, seed);
        const Parameters parameters = testing::random_parameters(recipe, system.n(), seed);
        const Outcome expected = reference::evaluate(model, system, parameters);

        const auto engine = testing::make_engine(model, {GetParam()});
        const testing::EngineResult got = testing::compute(*engine, system, parameters);

        testing::expect_equal_reference(got, expected);
        const bool may_rest =
            std::set<std::string>{"all_pairs_excluded", "all_silent", "sel_all_zero"}.count(recipe.name) > 0;
        EXPECT_EQ(*std::max_element(got.forces.begin(), got.forces.end()) > 1e-3, !may_rest);
    }
}

TEST_P(SeAEvaluator, EqualsTheReferenceInBoxesOfEveryKind) {
    ModelRecipe recipe;
    recipe.one_side = false;
    recipe.sel = {400, 400};
    const ModelData model = testing::random_model(recipe, 7);
    std::uint64_t seed = 200;
    for (const testing::BoxKind& kind : testing::box_kinds())
        for (const bool unwrapped : {false, true}) {
            SCOPED_TRACE(kind.name + (unwrapped ? " unwrapped" : "") + " seed " + std::to_string(++seed));
            const System system = testing::random_system(kind, 12, 2, 0.9, seed, unwrapped);
            const Outcome expected = reference::evaluate(model, system);

            const auto engine = testing::make_engine(model, {GetParam()});
            const testing::EngineResult got = testing::compute(*engine, system);

            testing::expect_equal_reference(got, expected);
        }
}

TEST_P(SeAEvaluator, EqualsTheReferenceForAnyNumberOfAtomsOfATile) {
    const ModelData model = testing::random_model({}, 8);
    for (const int n : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33}) {
        SCOPED_TRACE(std::to_string(n) + " atoms");
        const System system = testing::random_system(testing::box_kind("open"), n, 1, 1.0, 300 + std::uint64_t(n));
        ASSERT_EQ(system.n(), n);
        const Outcome expected = reference::evaluate(model, system);

        const auto engine = testing::make_engine(model, {GetParam()});
        const testing::EngineResult got = testing::compute(*engine, system);

        testing::expect_equal_reference(got, expected);
    }
}

TEST_P(SeAEvaluator, GivesVirtualAtomsNothingAndNobodySeesThem) {
    const ModelData model = testing::random_model({}, 9);
    System system = testing::random_system(testing::box_kind("slab"), 20, 2, 1.0, 9);
    for (const int i : {0, 5, 19}) system.types[std::size_t(i)] = -1;
    const Outcome expected = reference::evaluate(model, system);

    const auto engine = testing::make_engine(model, {GetParam()});
    const testing::EngineResult got = testing::compute(*engine, system);

    testing::expect_equal_reference(got, expected);
    for (const std::size_t i : {0u, 5u, 19u}) {
        EXPECT_EQ(got.atom_energies[i], 0.0);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(got.forces[3 * i + c], 0.0);
    }
}

TEST_P(SeAEvaluator, KeepsTheNearestNeighboursWhenAskedTo) {
    ModelRecipe recipe;
    for (const int round : {0, 1, 2, 3, 4, 5, 6, 7}) {
        const int sel = std::array{1, 2, 5, 9}[std::size_t(round / 2)];
        SCOPED_TRACE("sel " + std::to_string(sel));
        recipe.sel = {sel, 2 * sel};
        recipe.slot_order = round % 2 == 1 ? SlotOrder::all_types : SlotOrder::by_type;
        const ModelData model = testing::random_model(recipe, 10);
        const System system = testing::random_system(testing::box_kind("triclinic"), 30, 2, 1.0, 10);
        const Outcome expected = reference::evaluate(model, system);

        const auto engine = testing::make_engine(model, testing::keep_nearest({GetParam()}));
        const testing::EngineResult got = testing::compute(*engine, system);

        testing::expect_equal_reference(got, expected);
    }
}

TEST_P(SeAEvaluator, TheTwoOrdersOfOverflowDiffer) {
    // a type with few slots and many neighbours leaves fewer of the other type among the nearest of all
    ModelRecipe recipe;
    recipe.sel = {2, 9};
    ModelData model = testing::random_model(recipe, 10);
    const System system = testing::random_system(testing::box_kind("triclinic"), 60, 2, 0.8, 10);
    const auto energy = [&](bool all_types_first) {
        testing::environment_of(model).slot_order = all_types_first ? SlotOrder::all_types : SlotOrder::by_type;
        const auto engine = testing::make_engine(model, testing::keep_nearest({GetParam()}));
        const testing::EngineResult got = testing::compute(*engine, system);
        testing::expect_equal_reference(got, reference::evaluate(model, system));
        return got.energy;
    };

    EXPECT_GT(std::fabs(energy(true) - energy(false)), 1e-3);
}

TEST_P(SeAEvaluator, RoundsCutoffsToSinglePrecisionWhereTheModelSaysSo) {
    ModelRecipe recipe;
    recipe.cutoff = 4.1;  // neither is a float
    recipe.cutoff_smooth = 1.8;
    ModelData model = testing::random_model(recipe, 12);
    const System system = testing::random_system(testing::box_kind("triclinic"), 30, 2, 1.0, 12);
    const auto energy = [&](bool single_precision) {
        testing::environment_of(model).single_precision_cutoff = single_precision;
        const auto engine = testing::make_engine(model, {GetParam()});
        const testing::EngineResult got = testing::compute(*engine, system);
        testing::expect_equal_reference(got, reference::evaluate(model, system));
        return got.energy;
    };

    // float32 has 7 digits, so the energies part in about the eighth
    EXPECT_GT(std::fabs(energy(true) - energy(false)), 1e-9);
}

TEST_P(SeAEvaluator, KeepsTheNearestAlsoWhenTheListWasOrderedLongAgo) {
    ModelRecipe recipe;
    recipe.sel = {4, 4};
    const ModelData model = testing::random_model(recipe, 11);
    System system = testing::random_system(testing::box_kind("triclinic"), 30, 2, 1.0, 11);
    const auto engine = testing::make_engine(model, testing::keep_nearest({GetParam(), 1, 1.0}));
    testing::compute(*engine, system);
    Random random(11);
    for (double& x : system.positions) x += random.uniform(-0.25, 0.25);  // below skin / 2 in length

    const testing::EngineResult got = testing::compute(*engine, system);

    EXPECT_FALSE(got.rebuilt);
    testing::expect_equal_reference(got, reference::evaluate(model, system));
}

DPMD_INSTANTIATE_PER_BACKEND(SeAEvaluator);

}  // namespace
}  // namespace dpmd
