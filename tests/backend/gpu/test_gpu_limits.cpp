// What the kernels of a GPU cannot take is refused when a model is loaded.
#include <gtest/gtest.h>

#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/random_attention_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

std::shared_ptr<const CompressedTerm> form_with_basis(int n_basis, int n_types) {
    MomentCenter center;
    center.n_basis = n_basis;
    CompressedTerm term;
    term.descriptors.push_back(MomentForm{std::vector<MomentCenter>(std::size_t(n_types), center)});
    return std::make_shared<const CompressedTerm>(term);
}

TEST(GpuLimits, ABasisWithoutKernelsIsRefusedAtLoad) {
    const ModelData model = testing::random_model({}, 5);
    testing::EngineSetup setup{"emulator"};
    setup.compressed = form_with_basis(257, model.n_types());

    const auto backend = testing::make_test_backend(setup.backend, setup.threads);
    testing::expect_input_error([&] { backend->require(testing::runnable(model, setup)); },
                                {"257 radial functions", "256", "larger tolerance", "without compression"});
}

TEST(GpuLimits, AttentionOfTheUsualWidthRunsAndOneBeyondSharedMemoryIsRefusedAtLoad) {
    testing::AttentionRecipe recipe;
    recipe.n_layers = 1;
    recipe.n_hidden = 128;  // DeePMD-kit's
    const reference::System system = testing::random_system(testing::box_kind("triclinic"), 9, 2, 1.3, 2);
    const ModelData model = testing::random_attention_model(recipe, 3);
    const testing::EngineResult on_cpu = testing::compute(*testing::make_engine(model), system);

    const testing::EngineResult got = testing::compute(*testing::make_engine(model, {"emulator"}), system);

    EXPECT_LT(testing::deviation(got.forces, on_cpu.forces), 1e-11 * std::max(1.0, testing::largest(on_cpu.forces)));
    recipe.n_hidden = 256;
    const testing::EngineSetup setup{"emulator"};
    const auto backend = testing::make_test_backend(setup.backend, setup.threads);
    testing::expect_input_error(
        [&] { backend->require(testing::runnable(testing::random_attention_model(recipe, 4), setup)); },
        {"attention of width 256 needs", "shared memory", "mix32"});
}

}  // namespace
}  // namespace dpmd
