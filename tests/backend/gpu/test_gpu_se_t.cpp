// se_e3 on a GPU: any number of channels.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/random_systems.hpp"
#include "support/random_three_body_models.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::compressed_term;
using testing::EngineResult;
using testing::random_spread_system;
using testing::random_three_body_model;

TEST(SeTOnGpu, GroupsOfChannelsHaveAnyNumberOfThem) {
    const System system = random_spread_system("orthogonal", 20, 22);
    for (const int n_channels : {1, 7, 8, 9, 17}) {
        testing::ModelRecipe recipe;
        recipe.embedding = {n_channels};
        const ModelData model = random_three_body_model(recipe, 23);
        const EngineResult trained = testing::compute(*testing::make_engine(model, {}), system);

        const auto engine =
            testing::make_engine(model, {"emulator", 1, 0, Precision::fp64, compressed_term(model, 1e-8)});
        const EngineResult got = testing::compute(*engine, system);

        const double allowed = 1e-7 * std::max(1.0, testing::largest(trained.forces));
        EXPECT_LT(testing::deviation(got.forces, trained.forces), allowed) << n_channels;
        EXPECT_LT(testing::deviation(got.atom_energies, trained.atom_energies), allowed) << n_channels;
    }
}

}  // namespace
}  // namespace dpmd
