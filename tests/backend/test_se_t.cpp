// What is particular to se_e3 on every backend.
#include <gtest/gtest.h>

#include <set>

#include "support/backend_parameter.hpp"
#include "support/equals_reference.hpp"
#include "support/random_three_body_models.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::ModelRecipe;

class SeTEvaluator : public testing::PerBackend {};

System random_system(const char* box, int n, std::uint64_t seed) {
    return testing::random_system(testing::box_kind(box), n, 2, 1.0, seed);
}

TEST_P(SeTEvaluator, ExcludedNeighboursAddNothingWhateverTheRuleOfTheFile) {
    const System system = random_system("open", 30, 1);
    std::set<double> energies;
    for (const ExcludedSlots rule : {ExcludedSlots::drop, ExcludedSlots::keep, ExcludedSlots::zero}) {
        ModelRecipe recipe;
        recipe.exclude_types = {{0, 1}};
        recipe.excluded_slots = rule;
        const ModelData model = testing::random_three_body_model(recipe, 2);

        const EngineResult got = testing::compute(*testing::make_engine(model, {GetParam()}), system);

        testing::expect_equal_reference(got, reference::evaluate(model, system));
        energies.insert(got.energy);
    }
    EXPECT_EQ(energies.size(), 1u);
}

TEST_P(SeTEvaluator, MorePairsThanABlockHoldsAreAllAdded) {
    ModelRecipe recipe;
    recipe.sel = {400, 60};
    recipe.cutoff = 5.2;
    recipe.embedding = {2, 4};
    const ModelData model = testing::random_three_body_model(recipe, 6);
    System system = random_system("tiny", 5, 7);  // and their images: more than 256 of type 0
    system.types = {0, 0, 1, 0, 0};
    ASSERT_EQ(system.n(), 5);

    const EngineResult got = testing::compute(*testing::make_engine(model, {GetParam()}), system);

    testing::expect_equal_reference(got, reference::evaluate(model, system));
}

DPMD_INSTANTIATE_PER_BACKEND(SeTEvaluator);

}  // namespace
}  // namespace dpmd
