// The moment form against the exact nets: same numbers to the tolerance asked for, same faults, exact nets where atoms
// are too close for the tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/local/compress/compress.hpp"
#include "support/backend_parameter.hpp"
#include "support/compressed.hpp"
#include "support/counting_allocations.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/model_recipes.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::deviation;
using testing::EngineResult;
using testing::keep_nearest;
using testing::largest;
using testing::ModelRecipe;
using testing::Parameters;
using testing::Random;

constexpr double apart = 1.2;  // Å between the atoms of random_system

ModelData model_of(const ModelRecipe& recipe, std::uint64_t seed) {
    ModelData model = testing::random_model(recipe, seed);
    model.min_neighbor_distance = apart;
    return model;
}

class MomentForm : public testing::PerBackend {};

TEST_P(MomentForm, KeepsTheToleranceForEveryFeatureOrSaysWhyNot) {
    const std::set<std::string> refused = {"fitting_skip_from_input", "all_pairs_excluded",
                                           "table_clamped",           "table_linear",
                                           "table_two_side_odd",      "width_one"};
    for (const ModelRecipe& recipe : testing::model_recipes()) {
        SCOPED_TRACE(recipe.name);
        const ModelData model = model_of(recipe, 11);
        const auto form = testing::compress(model, 1e-6);
        if (!form.report.refusal.empty()) {
            const bool has_kinks = recipe.activation == Activation::relu || recipe.activation == Activation::relu6 ||
                                   recipe.activation == Activation::silut;
            EXPECT_TRUE(has_kinks || refused.count(recipe.name) > 0) << form.report.refusal;
            continue;
        }
        const System system = testing::random_system(testing::box_kind("triclinic"), 40, recipe.n_types, apart, 12);
        Random random(13);
        const Parameters parameters{random.uniforms(std::size_t(recipe.n_fparam), -1, 1),
                                    random.uniforms(std::size_t(recipe.n_aparam * system.n()), -1, 1)};
        const EngineResult exact =
            testing::compute(*testing::make_engine(model, keep_nearest({GetParam()})), system, parameters);

        const auto engine = testing::make_engine(model, keep_nearest({GetParam(), 1, 0, Precision::fp64, form.term}));
        const EngineResult got = testing::compute(*engine, system, parameters);

        EXPECT_EQ(engine->n_fallback(), 0);
        const double allowed = 4e-6 * std::max(1.0, largest(exact.forces));
        EXPECT_LT(deviation(got.forces, exact.forces), allowed);
        EXPECT_LT(deviation(got.atom_energies, exact.atom_energies), allowed);
        EXPECT_LT(deviation(got.atom_virials, exact.atom_virials), 10 * allowed);
        for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(got.virial[k], exact.virial[k], 100 * allowed);
        EXPECT_NEAR(got.energy, exact.energy, 40 * allowed);
    }
}

TEST_P(MomentForm, WholeBasesAndFineTablesReproduceTheExactNets) {
    // K = M: nothing is left out, so what remains is the fold and rounding
    const ModelData model = model_of(testing::wide_recipe(), 2);
    const compress::Compressor compressor(model, 1.0, 1);
    const auto tables = std::make_shared<const CompressedTerm>(compressor.compress({1e-11, true}).front());
    ASSERT_EQ(testing::moment_form(tables).centers[0].n_basis, 32);
    const System system = testing::random_system(testing::box_kind("orthogonal"), 50, 2, apart, 3);
    const EngineResult exact = testing::compute(*testing::make_engine(model, {GetParam()}), system);

    const EngineResult got =
        testing::compute(*testing::make_engine(model, {GetParam(), 1, 0, Precision::fp64, tables}), system);

    EXPECT_LT(deviation(got.forces, exact.forces), 1e-9 * std::max(1.0, largest(exact.forces)));
    EXPECT_LT(deviation(got.atom_energies, exact.atom_energies), 1e-10 * std::max(1.0, largest(exact.atom_energies)));
}

TEST_P(MomentForm, AtomsTooCloseForTheTablesTakeTheExactNetsBitForBit) {
    const ModelData model = model_of(testing::wide_recipe(), 4);
    const auto form = testing::compress(model);
    ASSERT_EQ(form.report.refusal, "");
    System system = testing::random_system(testing::box_kind("orthogonal"), 50, 2, apart, 5);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 7 + c] = system.positions[3 * 20 + c] + 0.3;
    const EngineResult exact = testing::compute(*testing::make_engine(model, {GetParam()}), system);

    const auto engine = testing::make_engine(model, {GetParam(), 1, 0, Precision::fp64, form.term});
    const EngineResult got = testing::compute(*engine, system);

    EXPECT_GE(engine->n_fallback(), 2);
    EXPECT_LE(engine->n_fallback(), 8);  // and a few that atom 7 was moved next to
    for (const std::size_t atom : {7u, 20u}) EXPECT_EQ(got.atom_energies[atom], exact.atom_energies[atom]);
    EXPECT_LT(deviation(got.forces, exact.forces), 1e-5 * std::max(1.0, largest(exact.forces)));
    // all atoms too close: the exact result
    System dense = system;
    for (double& x : dense.positions) x *= 0.3;
    for (double& x : dense.box.cell) x *= 0.3;
    const EngineResult dense_exact = testing::compute(*testing::make_engine(model, keep_nearest({GetParam()})), dense);
    const auto dense_engine = testing::make_engine(model, keep_nearest({GetParam(), 1, 0, Precision::fp64, form.term}));
    const EngineResult dense_got = testing::compute(*dense_engine, dense);
    EXPECT_EQ(dense_engine->n_fallback(), dense.n());
    EXPECT_EQ(dense_got.forces, dense_exact.forces);
}

TEST_P(MomentForm, HasEqualBitsForAnyNumberOfThreads) {
    const ModelData model = model_of(testing::wide_recipe(), 6);
    const auto form = testing::compress(model);
    System system = testing::random_system(testing::box_kind("orthogonal"), 90, 2, apart, 7);
    for (std::size_t c = 0; c < 3; ++c) system.positions[c] = system.positions[3 * 20 + c] + 0.2;
    for (const Precision precision : {Precision::fp64, Precision::mix32, Precision::mix16}) {
        const EngineResult one =
            testing::compute(*testing::make_engine(model, {GetParam(), 1, 0, precision, form.term}), system);
        for (const int threads : {2, 3, 7, 11})
            EXPECT_EQ(
                testing::compute(*testing::make_engine(model, {GetParam(), threads, 0, precision, form.term}), system),
                one)
                << threads << " threads";
    }
}

TEST_P(MomentForm, ForcesAreTheDerivativeOfItsOwnEnergy) {
    // a coarse form, far from the exact model, must still be consistent with itself
    const ModelData model = model_of(testing::wide_recipe(), 8);
    const compress::Compressor compressor(model, 1.0, 1);
    const auto coarse = std::make_shared<const CompressedTerm>(compressor.compress({0.05, false}).front());
    ASSERT_LT(testing::moment_form(coarse).centers[0].n_basis, 16);
    const auto engine = testing::make_engine(model, {GetParam(), 1, 0, Precision::fp64, coarse});
    System system = testing::random_system(testing::box_kind("triclinic"), 40, 2, apart, 9);
    const EngineResult at = testing::compute(*engine, system);
    for (const std::size_t k : {0u, 17u, 50u, 119u}) {
        const double h = 1e-4, x = system.positions[k];
        system.positions[k] = x + h;
        const double above = testing::compute(*engine, system).energy;
        system.positions[k] = x - h;
        const double below = testing::compute(*engine, system).energy;
        system.positions[k] = x;
        EXPECT_NEAR(at.forces[k], -(above - below) / (2 * h), 2e-5 * std::max(1.0, largest(at.forces))) << k;
    }
}

TEST_P(MomentForm, ReportsFaultsLikeTheExactNets) {
    const ModelData model = model_of(testing::wide_recipe(), 10);
    const auto engine =
        testing::make_engine(model, {GetParam(), 2, 0, Precision::mix32, testing::compress(model).term});
    System system = testing::random_system(testing::box_kind("orthogonal"), 30, 2, apart, 11);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 3 + c] = system.positions[3 * 9 + c];
    testing::expect_input_error([&] { testing::compute(*engine, system); }, {"same place"});
}

DPMD_INSTANTIATE_PER_BACKEND(MomentForm);

class MixedPrecision : public testing::PerBackend {};

TEST_P(MixedPrecision, DeviatesByItsRounding) {
    const ModelData model = model_of(testing::wide_recipe(), 20);
    const auto form = testing::compress(model);
    const System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, apart, 21);
    const EngineResult exact = testing::compute(*testing::make_engine(model, {GetParam()}), system);
    const double size = std::max(1.0, largest(exact.forces));
    for (const auto& f : {std::shared_ptr<const CompressedTerm>(), form.term}) {
        const EngineResult single =
            testing::compute(*testing::make_engine(model, {GetParam(), 1, 0, Precision::mix32, f}), system);
        const EngineResult half =
            testing::compute(*testing::make_engine(model, {GetParam(), 1, 0, Precision::mix16, f}), system);

        EXPECT_LT(deviation(single.forces, exact.forces), 1e-4 * size);
        EXPECT_GT(deviation(single.forces, exact.forces), 1e-9 * size) << "not in single";
        EXPECT_LT(deviation(half.forces, exact.forces), 0.1 * size);
        EXPECT_GT(deviation(half.forces, exact.forces), 1e-5 * size) << "not in half";
    }
}

TEST_P(MixedPrecision, HalfAgreesBetweenInstructionSets) {
    // products of bfloat16 are exact in single; only sums are ordered differently, which now and then flips the
    // rounding of an activation to bfloat16
    const ModelData model = model_of(testing::wide_recipe(), 22);
    const auto form = testing::compress(model);
    const System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, apart, 23);
    const EngineResult exact = testing::compute(*testing::make_engine(model, {}), system);
    const std::string baseline = cpu::usable_instruction_sets().front();
    const EngineResult expected =
        testing::compute(*testing::make_engine(model, {baseline, 1, 0, Precision::mix16, form.term}), system);

    const EngineResult got =
        testing::compute(*testing::make_engine(model, {GetParam(), 1, 0, Precision::mix16, form.term}), system);

    EXPECT_LT(deviation(got.forces, expected.forces), 0.5 * deviation(expected.forces, exact.forces));
}

TEST_P(MixedPrecision, AWarmStepAllocatesNothing) {
    const ModelData model = model_of(testing::wide_recipe(), 24);
    const auto form = testing::compress(model);
    System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, apart, 25);
    std::vector<double> forces(system.positions.size());
    for (const Precision precision : {Precision::fp64, Precision::mix32, Precision::mix16}) {
        const auto engine = testing::make_engine(model, {GetParam(), 1, 1.0, precision, form.term});
        ForceCall call;
        call.lattice = Lattice(system.box);
        call.forces = forces.data();
        call.atoms = {system.n(), system.positions.data(), system.types.data(), nullptr};
        for (int warm = 0; warm < 3; ++warm) engine->compute_on_host(call);
        const std::size_t bytes = engine->bytes();
        const long before = testing::n_allocations;
        for (int step = 0; step < 5; ++step) {
            for (double& x : system.positions) x += 0.001;
            engine->compute_on_host(call);
        }
        if (testing::is_cpu(GetParam())) {
            EXPECT_EQ(testing::n_allocations - before, 0);
        }
        EXPECT_EQ(engine->bytes(), bytes);
    }
}

DPMD_INSTANTIATE_PER_HALF_BACKEND(MixedPrecision);

TEST(ChooseCompression, GivesTheSmallestBasisThatKeepsTheTolerance) {
    const ModelData model = model_of(testing::wide_recipe(), 30);
    int last = 33;
    for (const double tolerance : {1e-8, 1e-5, 1e-2}) {
        const auto form = testing::compress(model, tolerance);
        ASSERT_EQ(form.report.refusal, "");
        EXPECT_LE(form.report.force_error, tolerance);
        EXPECT_GT(form.report.n_probe_atoms, 10);
        EXPECT_LT(testing::moment_form(form.term).centers[0].n_basis, last) << tolerance;
        last = testing::moment_form(form.term).centers[0].n_basis;
    }
}

TEST(ChooseCompression, IsAFunctionOfTheModelAlone) {
    const ModelData model = model_of(testing::wide_recipe(), 31);
    const auto a = testing::compress(model, 1e-6, Compression::moment, 1).term;
    const auto b = testing::compress(model, 1e-6, Compression::moment, 3).term;
    for (std::size_t i = 0; i < 2; ++i) {
        const MomentCenter &one = testing::moment_form(a).centers[i], &other = testing::moment_form(b).centers[i];
        EXPECT_EQ(one.n_basis, other.n_basis);
        EXPECT_EQ(one.tables[0]->coefficients, other.tables[0]->coefficients);
        EXPECT_EQ(a->fittings[i].layers[0].weight, b->fittings[i].layers[0].weight);
    }
}

TEST(ChooseCompression, RefusesWhatPolynomialsCannotFollow) {
    ModelRecipe recipe = testing::wide_recipe();
    recipe.activation = Activation::relu;
    EXPECT_NE(testing::compress(model_of(recipe, 32)).report.refusal.find("relu"), std::string::npos);
    recipe.activation = Activation::tanh;
    recipe.tables = true;  // random coefficients: it jumps at every knot
    EXPECT_NE(testing::compress(model_of(recipe, 33)).report.refusal.find("force error"), std::string::npos);
}

TEST(ChooseCompression, KeepsTheToleranceAtEveryDistanceOrRefuses) {
    // the second derivative of silut jumps at its threshold, at distances that few pairs of the probe have
    ModelRecipe recipe = testing::wide_recipe();
    recipe.activation = Activation::silut;
    int n_compressed = 0;
    for (const double threshold : {1.0, 1.5, 2.0, 2.5, 3.0, 6.0}) {
        recipe.silut_threshold = threshold;
        SCOPED_TRACE(threshold);
        const ModelData model = model_of(recipe, 34);
        const auto form = testing::compress(model, 1e-7);
        if (!form.report.refusal.empty()) {
            EXPECT_NE(form.report.refusal.find("silut"), std::string::npos) << form.report.refusal;
            continue;
        }
        ++n_compressed;
        const auto exact = testing::make_engine(model, {}),
                   tables = testing::make_engine(model, {"", 1, 0, Precision::fp64, form.term});
        System system{{0, 0, 0, 0, 0, 0}, {0, 1}, Box()};
        for (double r = apart; r < recipe.cutoff; r += 5e-4) {
            system.positions[3] = r;
            const EngineResult expected = testing::compute(*exact, system), got = testing::compute(*tables, system);
            ASSERT_LT(deviation(got.forces, expected.forces), 3e-7 * std::max(1.0, largest(expected.forces))) << r;
        }
    }
    EXPECT_GE(n_compressed, 1);
    EXPECT_LE(n_compressed, 5);
}

}  // namespace
}  // namespace dpmd
