// The force engine: what it refuses, when it keeps its list, and that a kept list changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "dpmd/potential.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::compute;
using testing::EngineResult;
using testing::expect_input_error;
using testing::make_engine;
using testing::ModelRecipe;
using testing::Random;
using testing::random_model;

System some_atoms(std::uint64_t seed = 1) {
    return testing::random_system(testing::box_kind("triclinic"), 20, 2, 1.0, seed);
}

TEST(ForceEngine, RefusesTypesTheModelHasNot) {
    const auto engine = make_engine(random_model({}, 1));
    for (const int bad : {2, 127, -2, INT32_MAX, INT32_MIN}) {
        System system = some_atoms();
        system.types[7] = bad;

        expect_input_error([&] { compute(*engine, system); }, {concat("types[7] = ", bad), "0 to 1", "-1"});
    }
}

TEST(ForceEngine, RefusesPositionsThatAreNoNumbers) {
    for (const double skin : {0.0, 1.0}) {
        const auto engine = make_engine(random_model({}, 1), {"", 1, skin});
        compute(*engine, some_atoms());
        for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
            System system = some_atoms();
            system.positions[3 * 4 + 2] = bad;

            expect_input_error([&] { compute(*engine, system); }, {"positions[4][2]", "not finite"});
        }
    }
}

TEST(ForceEngine, TakesPositionsOfAnyFiniteSizeInAnOpenBox) {
    const auto engine = make_engine(random_model({}, 1));
    for (const double far : {1e10, 1e100, 1e300, 1.7e308}) {
        System system = testing::random_system(testing::box_kind("open"), 5, 2, 1.0, 2);
        const EngineResult near_only = compute(*engine, system);
        for (const double sign : {-1.0, 1.0}) {
            system.positions.insert(system.positions.end(), {sign * far, sign * far, sign * far});
            system.types.push_back(0);
        }

        const EngineResult got = compute(*engine, system);

        for (std::size_t k = 0; k < near_only.forces.size(); ++k) EXPECT_EQ(got.forces[k], near_only.forces[k]) << far;
    }
}

TEST(ForceEngine, RefusesParametersOfAWrongNumberOrValue) {
    ModelRecipe recipe;
    recipe.n_fparam = 2;
    recipe.n_aparam = 3;
    const auto engine = make_engine(random_model(recipe, 2));
    const System system = some_atoms();
    const std::vector<double> aparam(60, 0.5), fparam(2, 0.5);

    EXPECT_NO_THROW(compute(*engine, system, {fparam, aparam}));
    expect_input_error([&] { compute(*engine, system, {{}, aparam}); }, {"2 frame parameters", "fparam"});
    expect_input_error([&] { compute(*engine, system, {{1}, aparam}); }, {"fparam has 1", "takes 2"});
    expect_input_error([&] { compute(*engine, system, {{1, 2, 3}, aparam}); }, {"fparam has 3", "takes 2"});
    expect_input_error([&] { compute(*engine, system, {fparam, {}}); }, {"aparam has 0", "takes 3", "20 atoms"});
    expect_input_error([&] { compute(*engine, system, {fparam, std::vector<double>(59)}); }, {"aparam has 59"});
    expect_input_error([&] { compute(*engine, system, {{0, std::nan("")}, aparam}); }, {"fparam holds nan"});
    std::vector<double> infinite = aparam;
    infinite[17] = HUGE_VAL;
    expect_input_error([&] { compute(*engine, system, {fparam, infinite}); }, {"aparam holds inf"});
}

TEST(ForceEngine, RefusesParametersOfAModelThatTakesNone) {
    const auto engine = make_engine(random_model({}, 3));
    const System system = some_atoms();

    expect_input_error([&] { compute(*engine, system, {{1.0}, {}}); }, {"fparam has 1", "takes 0"});
    expect_input_error([&] { compute(*engine, system, {{}, {1.0}}); }, {"aparam has 1", "takes 0"});
}

TEST(ForceEngine, TakesTheDefaultFrameParametersOfTheModel) {
    ModelRecipe recipe;
    recipe.n_fparam = 2;
    ModelData model = random_model(recipe, 4);
    testing::fitting_of(model).default_fparam = {0.3, -0.2};
    const auto engine = make_engine(model);
    const System system = some_atoms();

    const EngineResult by_default = compute(*engine, system), given = compute(*engine, system, {{0.3, -0.2}, {}});
    const EngineResult other = compute(*engine, system, {{0.4, -0.2}, {}});

    EXPECT_EQ(by_default, given);
    EXPECT_NE(other.energy, given.energy);
}

TEST(ForceEngine, AKeptListGivesWhatAFreshOneGives) {
    ModelRecipe recipe;
    recipe.sel = {300, 300};
    const ModelData model = random_model(recipe, 5);
    for (const testing::BoxKind& kind : testing::box_kinds()) {
        SCOPED_TRACE(kind.name);
        System system = testing::random_system(kind, 20, 2, 1.0, 5, true);
        const auto kept = make_engine(model, {"", 2, 1.0}), fresh = make_engine(model, {"", 2, 0.0});
        EXPECT_TRUE(compute(*kept, system).rebuilt);
        Random random(5);
        for (double& x : system.positions) x += random.uniform(-0.2, 0.2);
        for (double& x : system.box.cell) x *= 1.002;

        const EngineResult got = compute(*kept, system), expected = compute(*fresh, system);

        EXPECT_FALSE(got.rebuilt);
        EXPECT_TRUE(expected.rebuilt);
        // sums have neighbours in another order and so round differently: 12 digits and a few quanta
        for (std::size_t k = 0; k < got.forces.size(); ++k) EXPECT_NEAR(got.forces[k], expected.forces[k], 1e-10);
        EXPECT_NEAR(got.energy, expected.energy, 1e-11);
        for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(got.virial[k], expected.virial[k], 1e-10);
    }
}

TEST(ForceEngine, BuildsAgainWhenAtomsTypesOrPeriodicityChange) {
    const ModelData model = random_model({}, 6);
    const auto engine = make_engine(model, {"", 1, 1.0}), fresh = make_engine(model);
    const System plain = some_atoms();
    const auto expect_rebuild = [&](const System& system) {
        compute(*engine, plain);
        EXPECT_FALSE(compute(*engine, plain).rebuilt);
        EngineResult got = compute(*engine, system);
        EXPECT_TRUE(got.rebuilt);
        EXPECT_EQ(got, compute(*fresh, system));
    };
    System fewer = plain, retyped = plain, open = plain, virtual_atom = plain, moved = plain, jumped = plain;
    fewer.types.pop_back();
    fewer.positions.resize(fewer.positions.size() - 3);
    retyped.types[3] = 1 - retyped.types[3];
    open.box.periodic[1] = false;
    virtual_atom.types[3] = -1;
    moved.positions[30] += 0.6;
    for (std::size_t c = 0; c < 3; ++c) jumped.positions[c] += plain.box.cell[c];  // wrapped by someone else

    for (const System& system : {fewer, retyped, open, virtual_atom, moved, jumped}) expect_rebuild(system);
}

TEST(ForceEngine, BuildsAgainWhenADirectionIsNoLongerPeriodicThoughTheCellIsTheSame) {
    // a vector of 1 Å perpendicular to the others is also what completes a cell without it
    ModelRecipe recipe;
    recipe.sel = {300, 300};
    const ModelData model = random_model(recipe, 6);
    const auto engine = make_engine(model, {"", 1, 1.0}), fresh = make_engine(model);
    System periodic{{1, 0.5, 1, 3, 0.5, 2}, {0, 1}, Box::fully_periodic({6, 0, 0, 0, 1, 0, 0, 0, 6})}, open = periodic;
    open.box.periodic[1] = false;
    compute(*engine, periodic);

    const EngineResult got = compute(*engine, open);

    EXPECT_EQ(got, compute(*fresh, open));
}

TEST(ForceEngine, AFailedBuildLeavesNoListBehind) {
    // the box is bad, and again in the next call, which must not find a list that was begun for the first
    const auto engine = make_engine(random_model({}, 7), {"", 1, 1.0});
    const System good = some_atoms();
    System thin = good, far = good;
    thin.box = Box::fully_periodic({8, 0, 0, 0, 8, 0, 0, 0, 1e-4});
    far.positions[10] = 1e15;
    const EngineResult expected = compute(*engine, good);
    for (const System& bad : {thin, far})
        for (int attempt = 0; attempt < 3; ++attempt)
            EXPECT_THROW(compute(*engine, bad), InputError) << "attempt " << attempt;

    EngineResult again = compute(*engine, good);

    EXPECT_EQ(again, expected);
}

TEST(ForceEngine, ASystemWithoutAtomsHasNoEnergy) {
    for (const double skin : {0.0, 1.0}) {
        const auto engine = make_engine(random_model({}, 8), {"", 2, skin});
        for (const Box& box : {Box::open(), Box::fully_periodic({3, 0, 0, 0, 3, 0, 0, 0, 3})}) {
            const EngineResult got = compute(*engine, {{}, {}, box});

            EXPECT_EQ(got.energy, 0.0);
            EXPECT_EQ(got.virial, (std::array<double, 9>{}));
        }
    }
}

TEST(ForceEngine, OneAtomAloneHasTheEnergyOfItsPadding) {
    const ModelData model = random_model({}, 9);
    const auto engine = make_engine(model);
    const System alone{{1, 2, 3}, {1}, Box::open()};

    const EngineResult got = compute(*engine, alone);

    EXPECT_NEAR(got.energy, double(reference::evaluate(model, alone).energy), 1e-11);
    EXPECT_EQ(got.forces, std::vector<double>(3, 0.0));
}

TEST(ForceEngine, ScratchGoesBackToWhatALargestTileNeeds) {
    // overflow pieces of the first call become one block; later calls hold no more
    const ModelData model = random_model({}, 10);
    const auto engine = make_engine(model);
    compute(*engine, some_atoms());
    compute(*engine, some_atoms());
    const std::size_t bytes = engine->bytes();

    for (int k = 0; k < 5; ++k) compute(*engine, some_atoms());

    EXPECT_EQ(engine->bytes(), bytes);
}

TEST(Potential, ComputesWhatTheEngineComputes) {
    const ModelData model = random_model({}, 11);
    const std::vector<std::byte> file = testing::model_parts(model).bytes();
    const System system = some_atoms();
    Potential potential(file, "memory");

    const Result got = potential.compute({system.positions, system.types, system.box, {}, {}}, true);

    const auto engine = make_engine(model, {potential.kernels(), potential.n_threads()});
    const EngineResult expected = compute(*engine, system);
    EXPECT_EQ(got.energy, expected.energy);
    EXPECT_EQ(got.forces, expected.forces);
    EXPECT_EQ(got.virial, expected.virial);
    EXPECT_EQ(got.atom_energies, expected.atom_energies);
    EXPECT_EQ(got.atom_virials, expected.atom_virials);
    EXPECT_TRUE(potential.compute({system.positions, system.types, system.box, {}, {}}).atom_virials.empty());
    EXPECT_EQ(potential.info().type_map, model.type_map);
    EXPECT_EQ(potential.info().sel, testing::environment_of(model).sel);
    EXPECT_GT(potential.bytes(), 0u);
}

TEST(Potential, RefusesOptionsThatDoNotExist) {
    const std::vector<std::byte> file = testing::model_parts(random_model({}, 12)).bytes();
    const auto with = [&](auto&& change) {
        PotentialOptions options;
        change(options);
        return [&file, options] { Potential(file, "memory", options); };
    };

    expect_input_error(with([](auto& o) { o.precision = "half"; }), {"precision", "half", "double"});
    expect_input_error(with([](auto& o) { o.overflow = "ignore"; }), {"overflow", "ignore", "keep_nearest"});
    expect_input_error(with([](auto& o) { o.threads = -1; }), {"threads", "-1"});
    expect_input_error(with([](auto& o) { o.instruction_set = "mmx"; }), {"mmx", instruction_sets()[0]});
    expect_input_error(with([](auto& o) { o.skin = -1; }), {"skin"});
    EXPECT_THROW(with([](auto& o) { o.device = "cuda:0"; })(), DeviceError);
}

TEST(Potential, RefusesPositionsThatDoNotBelongToTheTypes) {
    Potential potential(testing::model_parts(random_model({}, 13)).bytes(), "memory");
    const std::vector<double> positions(8, 0.0);
    const std::vector<std::int32_t> types(3, 0);

    expect_input_error(
        [&] {
            potential.compute({positions, types, Box::open(), {}, {}});
        },
        {"positions has 8", "types has 3"});
}

TEST(NeighborList, EqualsAllPairsOfAllImages) {
    for (const testing::BoxKind& kind : testing::box_kinds()) {
        SCOPED_TRACE(kind.name);
        const System system = testing::random_system(kind, 15, 1, 0.3, 14, true);

        const Neighbors got = neighbor_list(system.positions, system.box, 4.0, 2);

        std::size_t at = 0;
        for (int i = 0; i < system.n(); ++i) {
            std::vector<reference::Bond> bonds = reference::bonds_of(system, i, 4.0L);
            ASSERT_LE(at + bonds.size(), got.center.size());
            for (std::size_t k = 0; k < bonds.size(); ++k, ++at) {
                EXPECT_EQ(got.center[at], i);
                EXPECT_TRUE(k == 0 || got.distance[at - 1] <= got.distance[at] + 1e-8);  // steps of the key
                const auto same = std::find_if(bonds.begin(), bonds.end(), [&](const reference::Bond& bond) {
                    return bond.atom == got.neighbor[at] && std::equal(bond.shift, bond.shift + 3, &got.shift[3 * at]);
                });
                ASSERT_NE(same, bonds.end());
                EXPECT_NEAR(got.distance[at], double(same->r), 1e-12);
            }
        }
        EXPECT_EQ(at, got.center.size());
    }
}

TEST(NeighborList, RefusesNonsense) {
    const std::vector<double> positions{0, 0, 0, 1, 1, 1};
    expect_input_error([&] { neighbor_list(std::span(positions).first(5), Box::open(), 3); }, {"positions has 5"});
    for (const double cutoff : {0.0, -1.0, std::nan(""), HUGE_VAL})
        expect_input_error([&] { neighbor_list(positions, Box::open(), cutoff); }, {"cutoff"});
    std::vector<double> bad = positions;
    bad[4] = std::nan("");
    expect_input_error([&] { neighbor_list(bad, Box::open(), 3); }, {"positions[1][1]"});
}

}  // namespace
}  // namespace dpmd
