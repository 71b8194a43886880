// se_e2_r on a GPU: the same bits whatever its warps and tiles.
#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/emulator.hpp"
#include "models/local/compress/compress.hpp"
#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/random_radial_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::compressed_term;
using testing::EngineResult;
using testing::random_radial_model;
using testing::random_radial_system;
using Form = std::shared_ptr<const CompressedTerm>;

TEST(SeROnGpu, LanesShareFunctionsOfAnyNumber) {
    const System system = random_radial_system("orthogonal", 30, 22);
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

TEST(SeROnGpu, HasEqualBitsWhateverTheLanesAndTheirOrder) {
    const ModelData model = random_radial_model(testing::wide_recipe(), 24);
    System system = random_radial_system("orthogonal", 60, 25);
    for (std::size_t c = 0; c < 3; ++c)
        system.positions[c] = system.positions[3 * 20 + c] + 0.2;  // left to the networks
    emulator::OptionsGuard guard;
    for (const Form& form : {Form(), compressed_term(model)})
        for (const Precision precision :
             {Precision::fp64, Precision::mix32, Precision::mix32_3xtf32, Precision::mix32_tf32, Precision::mix16}) {
            const auto plain = testing::make_engine(model, {"emulator", 1, 0, precision, form});
            const EngineResult expected = testing::compute(*plain, system);

            const auto reversed = testing::make_engine(model, {"emulator_64_lanes_reversed", 1, 0, precision, form});

            EXPECT_EQ(testing::compute(*reversed, system), expected);
        }
}

TEST(SeROnGpu, WhenMemoryIsShortTilesShrinkAndResultsStayTheSame) {
    const ModelData model = random_radial_model(testing::wide_recipe(), 26);
    const System system = random_radial_system("orthogonal", 300, 27);
    emulator::OptionsGuard guard;
    const auto roomy = testing::make_engine(model, {"emulator"});
    const EngineResult expected = testing::compute(*roomy, system);
    emulator::options().memory_bytes = emulator::allocated_bytes() + roomy->bytes() * 2 / 3;

    const auto narrow = testing::make_engine(model, {"emulator"});

    EXPECT_EQ(testing::compute(*narrow, system), expected);
    EXPECT_LT(narrow->bytes(), roomy->bytes() * 2 / 3);
}

}  // namespace
}  // namespace dpmd
