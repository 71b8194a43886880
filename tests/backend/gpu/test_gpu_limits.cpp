// What the kernels of a GPU cannot take is refused when a model is loaded.
#include <gtest/gtest.h>

#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/random_models.hpp"

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

}  // namespace
}  // namespace dpmd
