// Models that are loaded once and shared: what holds the weights, and when they are packed.
#include "dpmd/model.hpp"

#include <gtest/gtest.h>

#include "dpmd/committee.hpp"
#include "dpmd/potential.hpp"
#include "dpmd/simulation.hpp"
#include "engine/make_engine.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;

class SharedModel : public ::testing::Test {
protected:
    static std::vector<std::byte> file(std::uint64_t seed = 1) {
        return testing::model_parts(testing::random_model({}, seed)).bytes();
    }
    Atoms atoms() const { return {system.positions, system.types, system.box, {}, {}}; }

    const reference::System system = testing::random_system(testing::box_kind("orthogonal"), 20, 2, 1.0, 1);
    const Model model = Model(file(), "test.dpmd");
    const RunOptions one_thread = {.threads = 1};
};

TEST_F(SharedModel, KnowsItsSize) {
    const std::size_t size = file().size();
    EXPECT_GT(model.bytes(), size / 2);
    EXPECT_LT(model.bytes(), 2 * size);
    const Model compressed(file(), "test.dpmd", {.compress = "moment", .tolerance = 1e-3});
    ASSERT_TRUE(compressed.compression().active);
    EXPECT_GT(compressed.bytes(), model.bytes());
}

TEST_F(SharedModel, IsTheSameInEveryCopy) {
    const Model copy = model;
    const Potential potential(copy, one_thread);
    EXPECT_EQ(potential.model().runnable().data, model.runnable().data);
    EXPECT_EQ(&potential.info(), &model.info());
}

TEST_F(SharedModel, IsPackedWhenSomethingIsComputed) {
    Potential potential(model, one_thread);
    EXPECT_EQ(potential.bytes(), model.bytes());
    EXPECT_EQ(potential.n_list_builds(), 0);
    EXPECT_TRUE(potential.stage_times().empty());
    EXPECT_FALSE(potential.kernels().empty());

    potential.compute(atoms());

    EXPECT_GT(potential.bytes(), model.bytes());
    EXPECT_EQ(potential.n_list_builds(), 1);
    EXPECT_FALSE(potential.stage_times().empty());
}

TEST_F(SharedModel, IsPackedOnceForASimulation) {
    const auto potential = std::make_shared<const Potential>(model, one_thread);
    const std::vector<double> masses(2, 10.0);
    Simulation simulation(potential, {system.positions, system.types, {}, masses, system.box, {}, {}},
                          {.timestep = 0.1, .skin = 0.5});
    simulation.run(1);

    EXPECT_EQ(potential->bytes(), model.bytes()) << "the potential has packed what only the simulation uses";
    EXPECT_EQ(simulation.model_bytes(), make_engine(model, one_thread)->model_bytes());
}

TEST_F(SharedModel, IsPackedOnceForAHostCode) {
    const std::vector<Model> models{model};
    const auto engine = make_host_list_engine(models, one_thread);
    EXPECT_EQ(engine->model_bytes(), make_engine(model, one_thread)->model_bytes());
}

TEST_F(SharedModel, GivesPotentialsOfItTheSameResults) {
    Potential first(model, one_thread), second(model, {.threads = 2, .skin = 1.0});
    Potential loaded(file(), "test.dpmd");
    const Result expected = loaded.compute(atoms());
    EXPECT_EQ(first.compute(atoms()).forces, expected.forces);
    EXPECT_EQ(second.compute(atoms()).forces, expected.forces);
    EXPECT_EQ(Committee({model, model}, one_thread).compute(atoms())[1].forces, expected.forces);
}

TEST_F(SharedModel, IsRefusedWhereItCannotRun) {
    const Model fast(file(), "test.dpmd", {.precision = "mix32-tf32"});
    expect_input_error([&] { Potential(fast, one_thread); }, {"mix32-tf32", "GPU"});
    expect_input_error([&] { Committee({model, fast}); }, {"mix32-tf32", "GPU"});
    expect_input_error([&] { Potential(model, {.instruction_set = "mmx"}); }, {"mmx"});
    expect_input_error([&] { Potential(model, {.skin = -1}); }, {"skin = -1"});
    expect_input_error([&] { Model(file(), "test.dpmd", {.overflow = "ignore"}); }, {"overflow", "ignore"});
    expect_input_error([&] { Model(file(), "test.dpmd", {.compress = "half"}); }, {"compress", "half"});
    EXPECT_THROW(Potential(model, {.device = "cuda:0"}), DeviceError);
}

}  // namespace
}  // namespace dpmd
