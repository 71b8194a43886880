// What an evaluation refuses, and whom it blames.
#include <gtest/gtest.h>

#include <limits>

#include "dpmd/errors.hpp"
#include "math/fixed_point.hpp"
#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::expect_input_error;
using testing::ModelRecipe;

class EvaluateFaults : public testing::PerBackend {
protected:
    testing::EngineResult compute(const ModelData& model, const System& system, int threads = 1,
                                  OverflowPolicy overflow = OverflowPolicy::error) {
        const auto engine = testing::make_engine(model, {GetParam(), threads, 0, Precision::fp64, {}, overflow});
        return testing::compute(*engine, system);
    }
};

/// n atoms of one type on a line, 1 Å apart.
System chain(int n) {
    System system;
    for (int i = 0; i < n; ++i) {
        system.positions.insert(system.positions.end(), {double(i), 0.1 * (i % 3), 0.05 * (i % 5)});
        system.types.push_back(0);
    }
    return system;
}

TEST_P(EvaluateFaults, TooManyNeighboursNamesAtomTypeCountAndSel) {
    ModelRecipe recipe;
    recipe.sel = {50, 3};
    recipe.cutoff = 2.5;
    const ModelData model = testing::random_model(recipe, 1);
    System system = chain(20);
    for (const std::size_t i : {10u, 12u, 13u, 14u}) system.types[i] = 1;  // 12 sees 10, 13, 14; 11 sees 10, 12, 13

    EXPECT_NO_THROW(compute(model, system));
    system.types[9] = system.types[8] = 1;  // 10 sees 8, 9, 12; 11 sees 9, 10, 12, 13

    for (const int threads : {1, 3})
        expect_input_error([&] { compute(model, system, threads); }, {"atom 11 (T0)", "4 neighbours", "type 1 (T1)",
                                                                      "2.5", "sel for that type is 3", "keep_nearest"});
    EXPECT_NO_THROW(compute(model, system, 1, OverflowPolicy::keep_nearest));
}

TEST_P(EvaluateFaults, TheFirstAtomInListOrderIsBlamedForAnyNumberOfThreads) {
    ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.sel = {3};
    recipe.cutoff = 2.5;
    const ModelData model = testing::random_model(recipe, 2);
    const System system = chain(200);
    std::string first;
    for (const int threads : {1, 2, 3, 7})
        for (int repetition = 0; repetition < 3; ++repetition) {
            std::string message;
            try {
                compute(model, system, threads);
            } catch (const InputError& error) {
                message = error.what();
            }
            if (first.empty()) first = message;

            EXPECT_EQ(message, first);
            EXPECT_NE(message, "");
        }
}

TEST_P(EvaluateFaults, CoincidentAtomsAreNamedAndNobodyElseIs) {
    // axis 3 does not fill a vector, so rows of the descriptor's gradient lie side by side: a row that is not a number
    // must not reach its neighbour in memory
    ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.axis = 3;
    const ModelData model = testing::random_model(recipe, 3);
    for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{11, 14}, {0, 1}, {5, 19}, {17, 3}}) {
        System system = chain(20);
        for (std::size_t c = 0; c < 3; ++c) system.positions[3 * b + c] = system.positions[3 * a + c];

        const std::string one = std::to_string(std::min(a, b)), other = std::to_string(std::max(a, b));
        try {
            compute(model, system);
            FAIL() << "no error";
        } catch (const InputError& error) {
            const std::string message = error.what();
            EXPECT_TRUE(message.find("atoms " + one + " and " + other + " ") != std::string::npos ||
                        message.find("atoms " + other + " and " + one + " ") != std::string::npos)
                << message;
            EXPECT_NE(message.find("same place"), std::string::npos) << message;
        }
    }
}

TEST_P(EvaluateFaults, AnAtomOnItsOwnImageIsCoincident) {
    const ModelData model = testing::random_model({}, 4);
    System system;
    system.types = {0, 1};
    system.positions = {1, 1, 1, 1 + 5, 1, 1};
    system.box = Box::fully_periodic({5, 0, 0, 0, 6, 0, 0, 0, 7});

    expect_input_error([&] { compute(model, system); }, {"0", "1", "same place"});
}

TEST_P(EvaluateFaults, AForceBeyondTheFixedPointRangeIsRefusedNotWrapped) {
    ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.fitting_scale = 1e7;
    const ModelData model = testing::random_model(recipe, 5);
    System system = chain(10);
    system.positions[3 * 4] += 0.6;

    expect_input_error([&] { compute(model, system); },
                       {"force between atoms", "is not a finite number below", "eV/Å"});
}

TEST_P(EvaluateFaults, AVirialBeyondTheFixedPointRangeIsRefusedNotWrapped) {
    // forces just inside the range at distances of thousands of Å: force times distance is not
    ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.cutoff = 20000;
    recipe.cutoff_smooth = 19000;
    recipe.zero_shift = true;
    recipe.embedding = {4};
    recipe.activation = Activation::linear;
    ModelData model = testing::random_model(recipe, 6);
    testing::environment_of(model).scale = {1e-4, 1e-4, 1e-4, 1e-4};
    testing::environment_of(model).normalization = 1;
    System system;
    system.types = {0, 0};
    system.positions = {0, 0, 0, 9000, 0, 0};
    const auto force = [&] { return std::fabs(double(reference::evaluate(model, system).forces[0])); };
    const double factor = 1500 / force();
    for (double& w : testing::fitting_of(model).networks[0].layers.back().weight) w *= factor;
    testing::fitting_of(model).energy_shift[0] =
        -double(reference::evaluate(model, system).atom_energies[0]);  // energies are fine
    ASSERT_NEAR(force(), 1500, 1);
    ASSERT_GT(force() * 9000, fixed_pair_limit);

    expect_input_error([&] { compute(model, system); }, {"force between atoms", "9000"});
}

TEST_P(EvaluateFaults, AnEnergyThatIsNoFiniteNumberIsRefused) {
    ModelRecipe recipe;
    recipe.n_types = 1;
    ModelData model = testing::random_model(recipe, 7);
    const System system = chain(5);
    for (const double bad : {1e300, 9e6, std::numeric_limits<double>::quiet_NaN()}) {
        testing::fitting_of(model).energy_shift[0] = bad;

        expect_input_error([&] { compute(model, system); }, {"energy of atom", "(T0)"});
    }
}

TEST_P(EvaluateFaults, AnEnergyThatIsNoNumberIsToldBeforeItsForces) {
    ModelRecipe recipe;
    recipe.n_types = 1;
    ModelData model = testing::random_model(recipe, 9);
    testing::fitting_of(model).networks[0].layers.back().weight.front() = std::numeric_limits<double>::quiet_NaN();

    expect_input_error([&] { compute(model, chain(5)); }, {"energy of atom 0 (T0)"});
}

TEST_P(EvaluateFaults, AnEngineRecoversFromEveryFault) {
    ModelRecipe recipe;
    recipe.n_types = 1;
    const ModelData model = testing::random_model(recipe, 8);
    const System good = chain(20);
    System bad = good;
    for (std::size_t c = 0; c < 3; ++c) bad.positions[c] = bad.positions[3 + c];
    const auto engine = testing::make_engine(model, {GetParam(), 2, 1.0});
    const testing::EngineResult expected = testing::compute(*engine, good);

    EXPECT_THROW(testing::compute(*engine, bad), InputError);

    testing::EngineResult again = testing::compute(*engine, good);
    again.rebuilt = expected.rebuilt;
    EXPECT_EQ(again, expected);
}

DPMD_INSTANTIATE_PER_BACKEND(EvaluateFaults);

}  // namespace
}  // namespace dpmd
