// Device memory: tiles shrink when it is short, and when there is too little the error has the numbers.
#include <gtest/gtest.h>

#include <string>

#include "dpmd/errors.hpp"
#include "emulator/emulator.hpp"
#include "support/engine.hpp"
#include "support/model_recipes.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using testing::EngineResult;

class GpuMemory : public ::testing::Test {
protected:
    std::unique_ptr<ForceEngine> engine() const { return testing::make_engine(model, {"emulator"}); }

    ModelData model = testing::random_model({}, 5);
    reference::System system = testing::random_system(testing::box_kind("orthogonal"), 300, 2, 1.2, 9);
    emulator::OptionsGuard guard;
};

TEST_F(GpuMemory, WhenItIsShortTilesShrinkAndResultsStayTheSame) {
    const auto roomy = engine();
    const EngineResult expected = testing::compute(*roomy, system);
    emulator::options().memory_bytes = emulator::allocated_bytes() + roomy->bytes() * 2 / 3;

    const auto narrow = testing::make_engine(model, {"emulator"});
    const EngineResult got = testing::compute(*narrow, system);

    EXPECT_LT(narrow->bytes(), roomy->bytes() * 2 / 3);
    EXPECT_EQ(got.forces, expected.forces);
    EXPECT_EQ(got.energy, expected.energy);
}

TEST_F(GpuMemory, WhenThereIsTooLittleTheErrorSaysHowMuch) {
    const auto too_late = engine();
    emulator::options().memory_bytes = emulator::allocated_bytes() + 2000;
    try {
        testing::compute(*too_late, system);
        FAIL();
    } catch (const DeviceError& error) {
        for (const char* part : {"out of device memory", "were asked for", "free"})
            EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    emulator::options().memory_bytes = std::size_t(8) << 30;

    EXPECT_EQ(testing::compute(*too_late, system), testing::compute(*engine(), system));
}

TEST_F(GpuMemory, IsAllGivenBack) {
    const std::size_t before = emulator::n_allocations();
    {
        const auto one = engine();
        testing::compute(*one, system);
        EXPECT_GT(emulator::n_allocations(), before);
    }
    EXPECT_EQ(emulator::n_allocations(), before);
    EXPECT_EQ(emulator::n_damaged_allocations(), 0u);
}

}  // namespace
}  // namespace dpmd
