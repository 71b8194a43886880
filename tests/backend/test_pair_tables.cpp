// Pair tables, alone, beside nets and joined to them by a bridge, on every backend and in both forms.
#include <gtest/gtest.h>

#include "support/backend_parameter.hpp"
#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/equals_reference.hpp"
#include "support/expect_error.hpp"
#include "support/random_pair_tables.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::deviation;
using testing::EngineResult;
using testing::largest;
using testing::local_of;
using testing::ModelRecipe;
using testing::Parameters;

std::vector<ModelData> models(const ModelRecipe& recipe, std::uint64_t seed) {
    return {testing::random_sum_with_table(recipe, seed), testing::random_bridged(recipe, seed),
            testing::random_table_alone(recipe, seed)};
}

class PairTables : public testing::PerBackend {
protected:
    std::unique_ptr<ForceEngine> engine(const ModelData& model, int threads = 1,
                                        Precision precision = Precision::fp64) const {
        return std::make_unique<ForceEngine>(
            RunnableModel{std::make_shared<const ModelData>(model), precision, OverflowPolicy::keep_nearest},
            testing::make_test_backend(GetParam(), threads), 0.0);
    }
    EngineResult compute(const ModelData& model, const System& system, const Parameters& parameters = {}) const {
        return testing::compute(*engine(model), system, parameters);
    }
    void expect_reference(const ModelData& model, const System& system, const Parameters& parameters = {}) const {
        testing::expect_equal_reference(compute(model, system, parameters),
                                        reference::evaluate(model, system, parameters));
    }
};

/// The nets of a model in moment form.
ModelData compressed(const ModelData& model, double tolerance = 1e-7) {
    const ChosenForm chosen =
        choose_compression(std::make_shared<const ModelData>(model), Compression::moment, tolerance, 1);
    EXPECT_EQ(chosen.report.refusal, "");
    return *chosen.model;
}

/// Two atoms at a distance.
System two_atoms(double distance) {
    System out;
    out.positions = {0.1, 0.2, 0.3, 0.1 + distance, 0.2, 0.3};
    out.types = {0, 1};
    return out;
}

TEST_P(PairTables, EqualTheReference) {
    ModelRecipe recipe;
    recipe.n_types = 3;
    recipe.n_fparam = 1;
    recipe.n_aparam = 2;
    recipe.subtract_vacuum = true;
    for (const char* box : {"triclinic", "tiny", "slab"}) {
        const System system = testing::random_system(testing::box_kind(box), 20, 3, 0.9, 3);
        const Parameters parameters = testing::random_parameters(recipe, system.n(), 4);
        for (const ModelData& model : models(recipe, 5)) {
            SCOPED_TRACE(box);
            const bool has_nets = !model.local().terms.empty();
            expect_reference(model, system, has_nets ? parameters : Parameters{});
        }
    }
}

TEST_P(PairTables, TermsLeaveOutPairsAndAtomsOfTheirOwn) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 25, 2, 0.9, 7);
    for (const ModelData& model : models({}, 8)) {
        ModelData without_pairs = model, silent_table = model, silent_nets = model;
        local_of(without_pairs).pair_terms[0].pair_exclude_types = {{0, 1}};
        local_of(without_pairs).pair_terms[0].sel[1] = 0;
        local_of(silent_table).pair_terms[0].atom_exclude_types = {1};
        for (NetTerm& term : local_of(silent_nets).terms) term.atom_exclude_types = {1};
        expect_reference(without_pairs, system);
        expect_reference(silent_table, system);
        expect_reference(silent_nets, system);
    }
}

TEST_P(PairTables, KeepTheNearestNeighboursThatTheirSelHolds) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 60, 2, 0.9, 9);
    for (ModelData model : models({}, 10)) {
        PairTable& table = local_of(model).pair_terms[0];
        table.sel = {4, 2};
        table.n_slots = 6;
        expect_reference(model, system);
        table.sel = {5, 5};
        table.n_slots = 5;
        table.slot_order = SlotOrder::all_types;
        expect_reference(model, system);
    }
}

TEST_P(PairTables, TheWeightOfAFarAtomFollowsTheLeastSum) {
    ModelData model = testing::random_bridged({}, 11);
    local_of(model).bridge = Bridge{0.05, 1.0, 2.9, 1.9, 1e-20};
    for (const double distance : {1.5, 2.2, 2.4, 2.6, 3.0, 3.2}) {
        SCOPED_TRACE(distance);
        expect_reference(model, two_atoms(distance));
    }
}

TEST_P(PairTables, ForcesAreDerivativesThroughTheSwitchingRegion) {
    ModelData model = testing::random_bridged({}, 12);
    // the soft minimum of two atoms is their distance: begins and ends of the switch are among these
    local_of(model).bridge = testing::bridge_between(1.0, 1.6);
    constexpr double h = 1e-5;
    for (const double distance : {0.7, 1.0, 1.1, 1.3, 1.5, 1.6, 2.0, 3.0}) {
        const EngineResult here = compute(model, two_atoms(distance));
        const double slope =
            (compute(model, two_atoms(distance + h)).energy - compute(model, two_atoms(distance - h)).energy) / (2 * h);
        EXPECT_NEAR(here.forces[3], -slope, 2e-6 * std::max(1.0, std::fabs(slope))) << distance;
    }
}

TEST_P(PairTables, EnergyAndForceAreContinuousWhereTheSwitchBeginsAndEnds) {
    const ModelData model = testing::random_bridged({}, 13);
    for (const double end : {1.0, 1.6}) {
        const EngineResult below = compute(model, two_atoms(end - 1e-9)), above = compute(model, two_atoms(end + 1e-9));
        EXPECT_NEAR(below.energy, above.energy, 1e-6);
        EXPECT_NEAR(below.forces[3], above.forces[3], 1e-5);
    }
}

TEST_P(PairTables, ABridgedModelIsTheTableNearAndTheNetsFar) {
    const ModelData model = testing::random_bridged({}, 14);
    ModelData table = model, nets = model;
    local_of(table).terms.clear();
    local_of(table).bridge.reset();
    local_of(nets).pair_terms.clear();
    local_of(nets).bridge.reset();
    EXPECT_EQ(compute(model, two_atoms(0.9)), compute(table, two_atoms(0.9)));
    EXPECT_EQ(compute(model, two_atoms(1.7)), compute(nets, two_atoms(1.7)));
    System one = two_atoms(1);
    one.positions.resize(3);
    one.types.resize(1);
    EXPECT_EQ(compute(model, one), compute(nets, one)) << "an atom without neighbours";
}

TEST_P(PairTables, TheMomentFormTakesThem) {
    const System system = testing::random_spread_system("triclinic", 40, 15);
    for (const ModelData& model : {testing::random_sum_with_table(testing::wide_recipe(), 16),
                                   testing::random_bridged(testing::wide_recipe(), 17, testing::spread_apart)}) {
        const EngineResult trained = compute(model, system), got = compute(compressed(model, 1e-6), system);
        const double allowed = 4e-6 * std::max(1.0, largest(trained.forces));
        EXPECT_LT(deviation(got.forces, trained.forces), allowed);
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies), allowed);
        EXPECT_LT(deviation(got.atom_virials, trained.atom_virials), 10 * allowed);
        EXPECT_NE(got.energy, trained.energy);
    }
}

TEST_P(PairTables, AtomsTooCloseForTheMomentFormAreAsTrained) {
    System system = testing::random_spread_system("orthogonal", 50, 18);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 7 + c] = system.positions[3 * 20 + c] + 0.3;
    for (const ModelData& model : {testing::random_sum_with_table(testing::wide_recipe(), 19),
                                   testing::random_bridged(testing::wide_recipe(), 20, 0.4)}) {
        const EngineResult trained = compute(model, system);
        const auto engine = this->engine(compressed(model));
        const EngineResult got = testing::compute(*engine, system);
        EXPECT_EQ(engine->n_fallback(), 2);
        for (const std::size_t i : {std::size_t(7), std::size_t(20)})
            EXPECT_EQ(got.atom_energies[i], trained.atom_energies[i]) << i;
        EXPECT_LT(deviation(got.forces, trained.forces), 4e-6 * std::max(1.0, largest(trained.forces)));
    }
}

TEST_P(PairTables, BitsDoNotDependOnThreads) {
    const System system = testing::random_spread_system("triclinic", 60, 21);
    for (const ModelData& model : models(testing::wide_recipe(), 22)) {
        const EngineResult one = testing::compute(*engine(model, 1), system);
        EXPECT_EQ(testing::compute(*engine(model, 3), system), one);
    }
}

TEST_P(PairTables, SinglePrecisionStaysCloseToDouble) {
    const System system = testing::random_spread_system("triclinic", 30, 23);
    for (const ModelData& model : models(testing::wide_recipe(), 24)) {
        const EngineResult exact = compute(model, system);
        const EngineResult got = testing::compute(*engine(model, 1, Precision::mix32), system);
        EXPECT_LT(deviation(got.forces, exact.forces), 1e-4 * std::max(1.0, largest(exact.forces)));
    }
}

TEST_P(PairTables, APairNearerThanTheTableBeginsIsAnError) {
    for (const ModelData& model : models({}, 25))
        testing::expect_input_error([&] { compute(model, two_atoms(0.39)); },
                                    {"atoms 0 and 1 are 0.39", "nearer than the model's pair table begins"});
}

TEST_P(PairTables, MoreNeighboursThanATableTakesNameItsSelAndCutoff) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, 1.0, 26);
    const auto refuse = [&](const ModelData& model, const char* message) {
        testing::expect_input_error(
            [&] {
                ForceEngine engine({std::make_shared<const ModelData>(model), Precision::fp64, OverflowPolicy::error},
                                   testing::make_test_backend(GetParam(), 1), 0.0);
                testing::compute(engine, system);
            },
            {message});
    };
    ModelData model = testing::random_table_alone({}, 27);
    local_of(model).pair_terms[0].sel = {1, 60};
    refuse(model, "of type 0 (T0) within 3.1 Å, but the model's sel for that type is 1;");
    local_of(model).pair_terms[0].sel = {60, 60};
    local_of(model).pair_terms[0].n_slots = 3;
    local_of(model).pair_terms[0].slot_order = SlotOrder::all_types;
    refuse(model, "neighbours within 3.1 Å, but the model's sel is 3;");
}

DPMD_INSTANTIATE_PER_BACKEND(PairTables);

}  // namespace
}  // namespace dpmd
