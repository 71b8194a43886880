// se_e2_r on a GPU: any number of functions.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/local/compress/compress.hpp"
#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/random_radial_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::random_radial_model;
using testing::random_spread_system;

TEST(SeROnGpu, LanesShareFunctionsOfAnyNumber) {
    const System system = random_spread_system("orthogonal", 30, 22);
    for (const int n_functions : {1, 32, 33, 64, 100, 129, 256}) {
        testing::ModelRecipe recipe;
        recipe.embedding = {n_functions};
        const ModelData model = random_radial_model(recipe, 23);
        const compress::Compressor compressor(model, 1.0, 1);
        const auto form = std::make_shared<const CompressedTerm>(compressor.compress({1e-8, true}).front());
        ASSERT_EQ(testing::moment_form(form).centers[0].n_basis, n_functions);
        const EngineResult trained = testing::compute(*testing::make_engine(model, {}), system);

        const auto engine = testing::make_engine(model, {"emulator", 1, 0, Precision::fp64, form});
        const EngineResult got = testing::compute(*engine, system);

        const double allowed = 1e-6 * std::max(1.0, testing::largest(trained.forces));
        EXPECT_LT(testing::deviation(got.forces, trained.forces), allowed) << n_functions;
        EXPECT_LT(testing::deviation(got.atom_energies, trained.atom_energies), allowed) << n_functions;
    }
}

}  // namespace
}  // namespace dpmd
