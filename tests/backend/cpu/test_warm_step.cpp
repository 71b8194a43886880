// A warm force call allocates nothing: neither through operator new nor through the backend's Memory.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "support/backend_parameter.hpp"
#include "support/counting_allocations.hpp"
#include "support/engine.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::n_allocations;
using testing::Random;

class WarmStep : public testing::PerBackend {};

TEST_P(WarmStep, AllocatesNothingWhileTheListIsValid) {
    testing::ModelRecipe recipe;
    recipe.n_fparam = 1;
    recipe.n_aparam = 1;
    const ModelData model = testing::random_model(recipe, 1);
    System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, 1.2, 1);
    const auto n = std::size_t(system.n());
    const testing::Parameters parameters{{0.3}, Random(1).uniforms(n, -1, 1)};
    const auto engine = testing::make_engine(model, {GetParam(), 1, 1.0});
    std::vector<double> forces(3 * n), energies(n), virials(9 * n);
    ForceCall call;
    call.lattice = Lattice(system.box);
    call.fparam = parameters.fparam;
    call.aparam = parameters.aparam;
    call.forces = forces.data();
    call.atom_energies = energies.data();
    call.atom_virials = virials.data();
    call.atoms = {system.n(), system.positions.data(), system.types.data(), nullptr};
    for (int warm = 0; warm < 3; ++warm) engine->compute_on_host(call);
    const std::size_t bytes = engine->bytes();
    const long before = n_allocations;

    bool rebuilt = false;
    for (int step = 0; step < 10; ++step) {
        for (double& x : system.positions) x += 0.01;
        rebuilt |= engine->compute_on_host(call).rebuilt;
    }

    EXPECT_FALSE(rebuilt);
    if (testing::is_cpu(GetParam())) {
        EXPECT_EQ(n_allocations - before, 0);
    }
    EXPECT_EQ(engine->bytes(), bytes);
}

TEST_P(WarmStep, TheCounterCounts) {
    const long before = n_allocations;

    const Array<double> array(10);
    const auto number = std::make_unique<int>(3);

#ifdef __SANITIZE_ADDRESS__
    EXPECT_EQ(n_allocations - before, 1);  // AddressSanitizer keeps aligned_alloc to itself
#else
    EXPECT_EQ(n_allocations - before, 2);
#endif
    EXPECT_EQ(*number, 3);
    EXPECT_EQ(array.size(), 10u);
}

TEST_P(WarmStep, RebuildingTheListNeedsNoMoreMemoryForTheSameAtoms) {
    const ModelData model = testing::random_model({}, 2);
    System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, 1.2, 2);
    const auto engine = testing::make_engine(model, {GetParam(), 1, 0.0});
    for (int warm = 0; warm < 3; ++warm) testing::compute(*engine, system);
    const std::size_t bytes = engine->bytes();

    for (int step = 0; step < 10; ++step) {
        for (double& x : system.positions) x += 0.37;  // the same structure elsewhere in the box
        EXPECT_TRUE(testing::compute(*engine, system).rebuilt);
    }

    // a moved structure has a few more ghosts or pairs in one orientation; growth keeps a tenth of slack
    EXPECT_LE(double(engine->bytes()), 1.3 * double(bytes));
}

DPMD_INSTANTIATE_PER_BACKEND(WarmStep);

}  // namespace
}  // namespace dpmd
