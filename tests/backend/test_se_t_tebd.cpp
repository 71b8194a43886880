// se_e3_tebd on every backend against the slow reference. Its two forms are tested with those of se_e3.
#include <gtest/gtest.h>

#include "support/backend_parameter.hpp"
#include "support/deviation.hpp"
#include "support/equals_reference.hpp"
#include "support/random_typed_three_body_models.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::Parameters;
using testing::random_typed_three_body_model;
using testing::TypedThreeBodyRecipe;

System random_system(const char* box, int n, std::uint64_t seed) {
    return testing::random_system(testing::box_kind(box), n, 2, 1.0, seed);
}

class SeTTebdEvaluator : public testing::PerBackend {};

TEST_P(SeTTebdEvaluator, EqualsTheReferenceForEveryModelFeature) {
    std::uint64_t seed = 100;
    for (const TypedThreeBodyRecipe& recipe : testing::typed_three_body_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = random_typed_three_body_model(recipe, seed);
        const int n_types = recipe.base.n_types;
        const System system = testing::random_system(testing::box_kind("triclinic"), 12, n_types, 1.0, seed);
        const Parameters parameters = testing::random_parameters(recipe.base, system.n(), seed);

        const EngineResult got = testing::compute(*testing::make_engine(model, {GetParam()}), system, parameters);

        testing::expect_equal_reference(got, reference::evaluate(model, system, parameters));
        EXPECT_GT(testing::largest(got.forces), 1e-4);
    }
}

TEST_P(SeTTebdEvaluator, KeepsTheNearestNeighboursOfAllTypesWhenAskedTo) {
    for (const int sel : {1, 2, 7}) {
        SCOPED_TRACE("sel " + std::to_string(sel));
        TypedThreeBodyRecipe recipe;
        recipe.base.sel = {sel, 0};
        const ModelData model = random_typed_three_body_model(recipe, 4);
        const System system = random_system("triclinic", 30, 5);

        const auto engine = testing::make_engine(model, testing::keep_nearest({GetParam()}));

        testing::expect_equal_reference(testing::compute(*engine, system), reference::evaluate(model, system));
    }
}

TEST_P(SeTTebdEvaluator, MorePairsThanABlockHoldsAreAllAdded) {
    TypedThreeBodyRecipe recipe;
    recipe.type_input = TypedNetwork::TypeInput::strip;
    recipe.base.sel = {400, 60};
    recipe.base.cutoff = 5.2;
    recipe.base.embedding = {2, 4};
    const ModelData model = random_typed_three_body_model(recipe, 6);
    System system = random_system("tiny", 5, 7);  // and their images: more than 256 of type 0
    system.types = {0, 0, 1, 0, 0};
    ASSERT_EQ(system.n(), 5);

    const EngineResult got = testing::compute(*testing::make_engine(model, {GetParam()}), system);

    testing::expect_equal_reference(got, reference::evaluate(model, system));
}

DPMD_INSTANTIATE_PER_BACKEND(SeTTebdEvaluator);

}  // namespace
}  // namespace dpmd
