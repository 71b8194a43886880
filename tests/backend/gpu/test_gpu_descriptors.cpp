// Descriptors on a GPU: the same bits whatever its warps and tiles.
#include <gtest/gtest.h>

#include "emulator/emulator.hpp"
#include "support/compressed.hpp"
#include "support/descriptor_cases.hpp"
#include "support/engine.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::compressed_term;
using testing::EngineResult;
using testing::random_spread_system;
using Form = std::shared_ptr<const CompressedTerm>;

class OnGpu : public ::testing::TestWithParam<testing::DescriptorCase> {};

TEST_P(OnGpu, HasEqualBitsWhateverTheLanesAndTheirOrder) {
    const ModelData model = GetParam().model(testing::wide_recipe(), 24);
    System system = random_spread_system("orthogonal", 21, 25);
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

TEST_P(OnGpu, WhenMemoryIsShortTilesShrinkAndResultsStayTheSame) {
    testing::ModelRecipe recipe;
    recipe.embedding = {2, 4};
    const ModelData model = GetParam().model(recipe, 26);
    const System system = random_spread_system("orthogonal", 150, 27);
    emulator::OptionsGuard guard;
    const auto roomy = testing::make_engine(model, {"emulator"});
    const EngineResult expected = testing::compute(*roomy, system);
    emulator::options().memory_bytes = emulator::allocated_bytes() + roomy->bytes() * 2 / 3;

    const auto narrow = testing::make_engine(model, {"emulator"});

    EXPECT_EQ(testing::compute(*narrow, system), expected);
    EXPECT_LT(narrow->bytes(), roomy->bytes() * 2 / 3);
}

INSTANTIATE_TEST_SUITE_P(Descriptor, OnGpu, ::testing::ValuesIn(testing::descriptor_cases()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace dpmd
