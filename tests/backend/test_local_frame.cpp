// Local frames: forces and virials are the derivatives of the energy, the atoms that span a frame included, and bits do
// not depend on how they are computed. Their numbers are those of DeePMD-kit in tests/golden.
#include <gtest/gtest.h>

#include "support/deviation.hpp"
#include "support/equals_reference.hpp"
#include "support/expect_error.hpp"
#include "support/per_backend_evaluator.hpp"
#include "support/random_hybrids.hpp"
#include "support/random_local_frames.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::deviation;
using testing::EngineResult;
using testing::FrameRecipe;
using testing::largest;
using testing::loose_atoms;
using testing::Parameters;

class LocalFrames : public testing::PerBackendEvaluator {};

TEST_P(LocalFrames, EqualTheReferenceForEveryModelFeature) {
    std::uint64_t seed = 100;
    for (const FrameRecipe& recipe : testing::frame_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = testing::random_frame_model(recipe, seed);
        const System system = loose_atoms("triclinic", 40, seed);
        const Parameters parameters = testing::random_parameters(recipe.base, system.n(), seed);
        const EngineResult got = compute(model, system, parameters);
        EXPECT_GT(largest(got.forces), 1e-3);
        testing::expect_equal_reference(got, reference::evaluate(model, system, parameters));
    }
}

TEST_P(LocalFrames, ForcesAreDerivativesOfTheEnergyAndSumToZero) {
    const ModelData model = testing::random_frame_model({}, 7);
    System system = loose_atoms("triclinic", 30, 10);
    const auto engine = this->engine(model);
    const EngineResult got = testing::compute(*engine, system);
    constexpr double step = 1e-5;
    const std::size_t stride = testing::is_cpu(GetParam()) ? 1 : 7;  // the emulator is slow
    for (std::size_t k = 0; k < system.positions.size(); k += stride) {
        const double here = system.positions[k];
        double energy[2];
        for (const int side : {0, 1}) {
            system.positions[k] = here + (side == 0 ? -step : step);
            energy[side] = testing::compute(*engine, system).energy;
        }
        system.positions[k] = here;
        EXPECT_NEAR(-(energy[1] - energy[0]) / (2 * step), got.forces[k], 1e-6 * std::max(1.0, largest(got.forces)))
            << "coordinate " << k;
    }
    double sum[3] = {};
    for (std::size_t k = 0; k < got.forces.size(); ++k) sum[k % 3] += got.forces[k];
    for (const double one : sum) EXPECT_NEAR(one, 0, 1e-10);
}

TEST_P(LocalFrames, ASecondAxisAgainstTheFirstLeavesItsPlaceToTheNeighbourBehindIt) {
    FrameRecipe recipe;
    recipe.axes = {{{1, 0}, {1, 1}}, {{0, 0}, {0, 1}}};
    const ModelData model = testing::random_frame_model(recipe, 8);
    // the atom of type 0 in the middle has two of type 1 nearly opposite, and more behind them; the angle to the line
    // at which they change places is 0.01414
    for (const double angle : {0.0, 0.0141, 0.0143}) {
        System system;
        system.positions = {0, 0, 0, 1, 0, 0, -1.1, 1.1 * angle, 0, 0.3, 1.4, 0.5, 0.9, -1, 1.5, -1, 0.9, -1.8};
        system.types = {0, 1, 1, 1, 0, 0};
        SCOPED_TRACE(angle);
        testing::expect_equal_reference(compute(model, system), reference::evaluate(model, system));
    }
}

TEST_P(LocalFrames, AnAtomWithTooFewNeighboursForItsAxesIsNamed) {
    const ModelData model = testing::random_frame_model({}, 9);
    System pair;
    pair.positions = {0, 0, 0, 1.2, 0.1, 0.3};
    pair.types = {0, 0};
    testing::expect_input_error(
        [&] { compute(model, pair); },
        {"(T0) has no local frame", "number 1 of type T1 and number 2 of type T1 by distance", "within 4 Å"});
    pair.positions[3] = 9;  // nothing is to be seen in a frame
    EXPECT_NO_THROW(compute(model, pair));
}

/// Local frames between two other descriptors, which see all neighbours.
ModelData framed_hybrid(std::uint64_t seed) {
    const testing::ModelRecipe recipe;
    ModelData out = testing::random_model(recipe, seed);
    testing::term_of(out) = testing::term_on(
        {out, testing::random_frame_model({}, seed + 1), testing::random_radial_model(recipe, seed + 2)}, recipe, seed);
    return out;
}

TEST_P(LocalFrames, StandBesideOtherDescriptors) {
    const ModelData model = framed_hybrid(20);
    const System system = loose_atoms("triclinic", 30, 21);
    testing::expect_equal_reference(compute(model, system), reference::evaluate(model, system));
}

TEST_P(LocalFrames, AnAtomWithoutAFrameIsNamedBesideOtherDescriptors) {
    System pair;
    pair.positions = {0, 0, 0, 1.2, 0.1, 0.3};
    pair.types = {0, 0};
    testing::expect_input_error([&] { compute(framed_hybrid(22), pair); }, {"atom 0 (T0) has no local frame"});
}

TEST_P(LocalFrames, NeighboursAtEqualDistancesHaveOneOrderOnEveryBackend) {
    System crystal;  // distances between multiples of 1.25 Å are exact or rounded alike
    for (int i = 0; i < 27; ++i) {
        for (const int k : {i % 3, i / 3 % 3, i / 9}) crystal.positions.push_back(1.25 * k);
        crystal.types.push_back(i % 2);
    }
    const ModelData model = testing::random_frame_model({}, 23);
    const EngineResult expected = testing::compute(*testing::make_engine(model), crystal),
                       got = compute(model, crystal);
    EXPECT_LT(deviation(got.atom_energies, expected.atom_energies), 1e-12 * largest(expected.atom_energies));
    EXPECT_LT(deviation(got.forces, expected.forces), 1e-12 * std::max(1.0, largest(expected.forces)));
}

TEST_P(LocalFrames, BitsDoNotDependOnThreads) {
    std::uint64_t seed = 500;
    for (const FrameRecipe& recipe : testing::frame_recipes()) {
        if (recipe.base.n_aparam > 0) continue;
        SCOPED_TRACE(recipe.name);
        const ModelData model = testing::random_frame_model(recipe, ++seed);
        const System system = loose_atoms("triclinic", 50, seed);
        EXPECT_EQ(testing::compute(*engine(model, 3), system), compute(model, system));
    }
}

TEST_P(LocalFrames, SinglePrecisionStaysCloseToDouble) {
    const ModelData model = testing::random_frame_model({}, 10);
    const System system = loose_atoms("triclinic", 30, 10);
    const EngineResult exact = compute(model, system);
    for (const Precision precision : {Precision::mix32, Precision::mix16}) {
        const EngineResult got = testing::compute(*engine(model, 1, precision), system);
        const double allowed = precision == Precision::mix32 ? 1e-4 : 5e-2;
        EXPECT_LT(deviation(got.forces, exact.forces), allowed * std::max(1.0, largest(exact.forces)));
    }
}

DPMD_INSTANTIATE_PER_BACKEND(LocalFrames);

}  // namespace
}  // namespace dpmd
