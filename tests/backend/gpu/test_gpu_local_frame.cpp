// Local frames on a GPU: the same bits whatever its warps and tiles.
#include <gtest/gtest.h>

#include "emulator/emulator.hpp"
#include "support/engine.hpp"
#include "support/random_local_frames.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;

System liquid(int n, std::uint64_t seed) {
    return testing::random_system(testing::box_kind("orthogonal"), n, 2, 1.2, seed);
}

TEST(LocalFramesOnGpu, HaveEqualBitsWhateverTheLanesAndTheirOrder) {
    const ModelData model = testing::random_frame_model({}, 24);
    const System system = liquid(60, 25);
    emulator::OptionsGuard guard;
    for (const Precision precision : {Precision::fp64, Precision::mix32, Precision::mix32_tf32, Precision::mix16}) {
        const EngineResult expected =
            testing::compute(*testing::make_engine(model, {"emulator", 1, 0, precision}), system);

        const auto reversed = testing::make_engine(model, {"emulator_64_lanes_reversed", 1, 0, precision});

        EXPECT_EQ(testing::compute(*reversed, system), expected);
    }
}

TEST(LocalFramesOnGpu, WhenMemoryIsShortTilesShrinkAndResultsStayTheSame) {
    const ModelData model = testing::random_frame_model({}, 26);
    const System system = liquid(100, 27);
    emulator::OptionsGuard guard;
    const testing::EngineSetup setup = testing::keep_nearest({"emulator"});
    const auto roomy = testing::make_engine(model, setup);
    const EngineResult expected = testing::compute(*roomy, system);
    emulator::options().memory_bytes = emulator::allocated_bytes() + roomy->bytes() * 2 / 3;

    const auto narrow = testing::make_engine(model, setup);

    EXPECT_EQ(testing::compute(*narrow, system), expected);
    EXPECT_LT(narrow->bytes(), roomy->bytes() * 2 / 3);
}

}  // namespace
}  // namespace dpmd
