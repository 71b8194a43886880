// DPA-1 on every backend: forces and virials are the derivatives of the energy for every feature of the descriptor, all
// backends agree, and bits do not depend on how it is run. Its numbers are those of DeePMD-kit in tests/golden.
#include <gtest/gtest.h>

#include "support/deviation.hpp"
#include "support/equals_reference.hpp"
#include "support/expect_error.hpp"
#include "support/per_backend_evaluator.hpp"
#include "support/random_attention_models.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::AttentionRecipe;
using testing::deviation;
using testing::EngineResult;
using testing::is_cpu;
using testing::largest;
using testing::loose_atoms;
using testing::Parameters;

class SeAttenEvaluator : public testing::PerBackendEvaluator {};

TEST_P(SeAttenEvaluator, ForcesAreDerivativesOfTheEnergyForEveryModelFeature) {
    std::uint64_t seed = 100;
    for (const AttentionRecipe& recipe : testing::attention_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = testing::random_attention_model(recipe, seed);
        System system = loose_atoms("triclinic", 12, seed);
        const Parameters parameters = testing::random_parameters(recipe.base, system.n(), seed);
        const auto engine = this->engine(model);
        const EngineResult got = testing::compute(*engine, system, parameters);
        EXPECT_GT(largest(got.forces), 1e-4);
        constexpr double step = 1e-4;
        for (const std::size_t k : {std::size_t(1), std::size_t(14), std::size_t(30)}) {
            const double here = system.positions[k];
            double energy[2];
            for (const int side : {0, 1}) {
                system.positions[k] = here + (side == 0 ? -step : step);
                energy[side] = testing::compute(*engine, system, parameters).energy;
            }
            system.positions[k] = here;
            EXPECT_NEAR(-(energy[1] - energy[0]) / (2 * step), got.forces[k], 2e-6 * std::max(1.0, largest(got.forces)))
                << "coordinate " << k;
        }
    }
}

TEST_P(SeAttenEvaluator, EqualsTheReferenceForEveryModelFeature) {
    std::uint64_t seed = 300;
    for (const AttentionRecipe& recipe : testing::attention_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = testing::random_attention_model(recipe, seed);
        const System system = loose_atoms("triclinic", 9, seed);
        const Parameters parameters = testing::random_parameters(recipe.base, system.n(), seed);
        testing::expect_equal_reference(compute(model, system, parameters),
                                        reference::evaluate(model, system, parameters));
    }
}

TEST_P(SeAttenEvaluator, BitsDoNotDependOnThreads) {
    std::uint64_t seed = 500;
    for (const AttentionRecipe& recipe : testing::attention_recipes()) {
        if (recipe.base.n_aparam > 0) continue;
        SCOPED_TRACE(recipe.name);
        const ModelData model = testing::random_attention_model(recipe, ++seed);
        const System system = loose_atoms("triclinic", is_cpu(GetParam()) ? 50 : 16, seed);
        EXPECT_EQ(testing::compute(*engine(model, 3), system), compute(model, system));
    }
}

TEST_P(SeAttenEvaluator, SinglePrecisionStaysCloseToDouble) {
    std::uint64_t seed = 700;
    for (const AttentionRecipe& recipe : testing::attention_recipes()) {
        if (recipe.base.n_aparam > 0 || (recipe.n_layers > 0 && !recipe.smooth)) continue;
        SCOPED_TRACE(recipe.name);
        const ModelData model = testing::random_attention_model(recipe, ++seed);
        const System system = loose_atoms("triclinic", 30, seed);
        const EngineResult exact = compute(model, system);
        const EngineResult got = testing::compute(*engine(model, 1, Precision::mix32), system);
        EXPECT_LT(deviation(got.forces, exact.forces), 2e-4 * std::max(1.0, largest(exact.forces)));
    }
}

TEST_P(SeAttenEvaluator, ServesAnyNumberOfAtoms) {
    AttentionRecipe recipe;
    recipe.n_layers = 1;
    const ModelData model = testing::random_attention_model(recipe, 3);
    for (const int n : {0, 1, 2, 3, 17}) {
        System system = loose_atoms("open", n, 300 + std::uint64_t(n));
        if (n > 3) system.types[2] = -1;  // virtual: it has no energy, and nobody sees it
        testing::expect_equal_reference(compute(model, system), reference::evaluate(model, system));
    }
}

TEST_P(SeAttenEvaluator, MoreNeighboursThanSlotsAreNamedWithAllTypesTogether) {
    AttentionRecipe recipe;
    recipe.sel = 3;
    const ModelData model = testing::random_attention_model(recipe, 4);
    const System system = loose_atoms("orthogonal", 60, 5);
    const auto strict = testing::make_engine(model, {GetParam()});
    testing::expect_input_error([&] { testing::compute(*strict, system); },
                                {"neighbours within 4 Å, but the model's sel is 3;"});
    EXPECT_GT(largest(compute(model, system).forces), 1e-4);  // the nearest three
}

DPMD_INSTANTIATE_PER_BACKEND(SeAttenEvaluator);

}  // namespace
}  // namespace dpmd
