// What the one driver of tiles does beyond a single descriptor: several on the same rows, and what it refuses.
#include <gtest/gtest.h>

#include <cmath>

#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;

/// The same model with its descriptor twice, whose features enter the fitting nets with weights that add up to those
/// of the one.
ModelData doubled(const ModelData& model) {
    ModelData out = model;
    NetTerm& term = testing::term_of(out);
    const int n_features = term.n_features();
    term.descriptors.push_back(term.descriptors.front());
    for (Network& network : term.fitting.networks) {
        Layer& first = network.layers.front();
        const auto n = std::ptrdiff_t(n_features) * first.n_out;
        std::vector<double> features(first.weight.begin(), first.weight.begin() + n), others = features;
        for (std::size_t k = 0; k < features.size(); ++k) {
            others[k] = 0.3 * features[k] + 0.01 * double(k % 7);
            features[k] -= others[k];
        }
        features.insert(features.end(), others.begin(), others.end());
        features.insert(features.end(), first.weight.begin() + n, first.weight.end());  // parameters
        first.weight = features;
        first.n_in += n_features;
    }
    return out;
}

testing::ModelRecipe recipe_with_parameters() {
    testing::ModelRecipe recipe;
    recipe.axis = 3;  // features that do not fill a vector
    recipe.embedding = {5, 5};
    recipe.n_case = 2;
    recipe.skips = false;
    return recipe;
}

class LocalTile : public ::testing::TestWithParam<std::string> {};

TEST_P(LocalTile, FeaturesOfSeveralDescriptorsStandOneBehindTheOther) {
    const ModelData model = testing::random_model(recipe_with_parameters(), 1);
    const System system = testing::random_system(testing::box_kind("triclinic"), 37, 2, 1.0, 2);
    const EngineResult one = testing::compute(*testing::make_engine(model, {GetParam()}), system);

    const EngineResult two = testing::compute(*testing::make_engine(doubled(model), {GetParam(), 2}), system);

    double largest = 1;
    for (const double f : one.forces) largest = std::max(largest, std::fabs(f));
    for (std::size_t k = 0; k < one.forces.size(); ++k) ASSERT_NEAR(two.forces[k], one.forces[k], 1e-11 * largest) << k;
    for (std::size_t k = 0; k < one.atom_energies.size(); ++k)
        ASSERT_NEAR(two.atom_energies[k], one.atom_energies[k], 1e-11 * std::max(1.0, std::fabs(one.atom_energies[k])));
}

INSTANTIATE_TEST_SUITE_P(PerInstructionSet, LocalTile, ::testing::ValuesIn(testing::arithmetic_instruction_sets()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace dpmd
