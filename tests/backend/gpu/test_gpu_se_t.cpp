// se_e3 and se_e3_tebd on a GPU: any number of channels, and the same bits whatever its warps and tiles.
#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/emulator.hpp"
#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/random_systems.hpp"
#include "support/random_typed_three_body_models.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::compressed_term;
using testing::EngineResult;
using testing::random_three_body_model;
using testing::random_three_body_system;
using Form = std::shared_ptr<const CompressedTerm>;

TEST(SeTOnGpu, GroupsOfChannelsHaveAnyNumberOfThem) {
    const System system = random_three_body_system("orthogonal", 20, 22);
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

/// One of each kind.
std::vector<ModelData> kinds(std::uint64_t seed) {
    testing::TypedThreeBodyRecipe concat, strip;
    strip.type_input = TypedNetwork::TypeInput::strip;
    return {random_three_body_model({}, seed), testing::random_typed_three_body_model(concat, seed + 1),
            testing::random_typed_three_body_model(strip, seed + 2)};
}

TEST(SeTOnGpu, HasEqualBitsWhateverTheLanesAndTheirOrder) {
    System system = random_three_body_system("orthogonal", 30, 25);
    for (std::size_t c = 0; c < 3; ++c)
        system.positions[c] = system.positions[3 * 20 + c] + 0.2;  // left to the networks
    emulator::OptionsGuard guard;
    for (const ModelData& model : kinds(24))
        for (const Form& form : {Form(), compressed_term(model)})
            for (const Precision precision :
                 {Precision::fp64, Precision::mix32, Precision::mix32_tf32, Precision::mix16}) {
                const auto plain = testing::make_engine(model, {"emulator", 1, 0, precision, form});
                const EngineResult expected = testing::compute(*plain, system);

                const auto reversed =
                    testing::make_engine(model, {"emulator_64_lanes_reversed", 1, 0, precision, form});

                EXPECT_EQ(testing::compute(*reversed, system), expected);
            }
}

TEST(SeTOnGpu, WhenMemoryIsShortTilesShrinkAndResultsStayTheSame) {
    const System system = random_three_body_system("orthogonal", 100, 27);
    testing::TypedThreeBodyRecipe typed;
    typed.base.embedding = {2, 4};
    typed.sel = 80;
    for (const ModelData& model :
         {random_three_body_model(typed.base, 26), testing::random_typed_three_body_model(typed, 26)}) {
        emulator::OptionsGuard guard;
        const auto roomy = testing::make_engine(model, {"emulator"});
        const EngineResult expected = testing::compute(*roomy, system);
        emulator::options().memory_bytes = emulator::allocated_bytes() + roomy->bytes() * 2 / 3;

        const auto narrow = testing::make_engine(model, {"emulator"});

        EXPECT_EQ(testing::compute(*narrow, system), expected);
        EXPECT_LT(narrow->bytes(), roomy->bytes() * 2 / 3);
    }
}

}  // namespace
}  // namespace dpmd
