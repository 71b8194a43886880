// A whole force call with a real thread for every GPU thread, for ThreadSanitizer: it names the kernel and the line of
// two threads that meet without a barrier between them. Small systems; the numbers are tested elsewhere.
#include <gtest/gtest.h>

#include <memory>

#include "support/compressed.hpp"
#include "support/engine.hpp"
#include "support/random_local_frames.hpp"
#include "support/random_radial_models.hpp"
#include "support/random_systems.hpp"
#include "support/random_three_body_models.hpp"

namespace dpmd {
namespace {

using testing::EngineResult;

/// Nine atoms of two types, and a model of one descriptor.
struct Small {
    reference::System system = testing::random_system(testing::box_kind("triclinic"), 9, 2, 1.2, 7);
    ModelData model;

    explicit Small(ModelData (*make_model)(testing::ModelRecipe recipe, std::uint64_t seed)) {
        testing::ModelRecipe recipe;
        recipe.embedding = {4, 8};
        recipe.axis = 2;
        recipe.fitting = {8, 8};
        model = make_model(recipe, 3);
        model.min_neighbor_distance = 1.2;
    }
    EngineResult compute(const std::string& backend, Precision precision, bool compress) const {
        std::shared_ptr<const CompressedTerm> form;
        if (compress) form = testing::compress(model, 1e-5).term;
        const auto engine = testing::make_engine(model, {backend, 1, 0.5, precision, form});
        return testing::compute(*engine, system);
    }
};

void expect_equal_forces(const EngineResult& got, const EngineResult& expected, double tolerance) {
    for (std::size_t k = 0; k < expected.forces.size(); ++k)
        ASSERT_NEAR(got.forces[k], expected.forces[k], tolerance) << k;
}

ModelData angular(testing::ModelRecipe recipe, std::uint64_t seed) { return testing::random_model(recipe, seed); }

ModelData framed(testing::ModelRecipe recipe, std::uint64_t seed) {
    testing::FrameRecipe frames;
    frames.base = recipe;
    frames.base.cutoff = 7;  // every atom has its axes
    return testing::random_frame_model(frames, seed);
}

void expect_none_with_networks(const Small& small) {
    expect_equal_forces(small.compute("emulator", Precision::fp64, false), small.compute("", Precision::fp64, false),
                        1e-9);
}

void expect_none_in_half_moment_form(const Small& small) {
    expect_equal_forces(small.compute("emulator", Precision::mix16, true), small.compute("", Precision::mix16, true),
                        1e-1);
}

TEST(GpuRaces, ExactNetsHaveNone) { expect_none_with_networks(Small(angular)); }
TEST(GpuRaces, TheMomentFormInHalfPrecisionHasNone) { expect_none_in_half_moment_form(Small(angular)); }
TEST(GpuRaces, RadialNetsHaveNone) { expect_none_with_networks(Small(testing::random_radial_model)); }
TEST(GpuRaces, TheRadialMomentFormInHalfPrecisionHasNone) {
    expect_none_in_half_moment_form(Small(testing::random_radial_model));
}

TEST(GpuRaces, LocalFramesHaveNone) { expect_none_with_networks(Small(framed)); }

TEST(GpuRaces, NetsOfPairsOfNeighboursHaveNone) { expect_none_with_networks(Small(testing::random_three_body_model)); }
TEST(GpuRaces, TablesOfPairsOfNeighboursInHalfPrecisionHaveNone) {
    expect_none_in_half_moment_form(Small(testing::random_three_body_model));
}

}  // namespace
}  // namespace dpmd
