// DPA-1 in moment form on every backend: it agrees with the networks for every function that is one of the distance, is
// consistent with itself, has no step at the cutoff, and its bits do not depend on how it is run.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/local/compress/compress.hpp"
#include "support/backend_parameter.hpp"
#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/equals_reference.hpp"
#include "support/random_attention_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::AttentionRecipe;
using testing::deviation;
using testing::EngineResult;
using testing::largest;
using testing::Parameters;
using Form = std::shared_ptr<const CompressedTerm>;

constexpr double apart = 1.3;  // Å between the atoms

class SeAttenForms : public testing::PerBackend {
protected:
    std::unique_ptr<ForceEngine> engine(const ModelData& model, const Form& form, Precision precision = Precision::fp64,
                                        int threads = 1) const {
        return testing::make_engine(model, testing::keep_nearest({GetParam(), threads, 0, precision, form}));
    }
    EngineResult compute(const ModelData& model, const System& system, const Form& form = {},
                         const Parameters& parameters = {}) const {
        return testing::compute(*engine(model, form), system, parameters);
    }
};

System atoms(const char* box, int n, std::uint64_t seed) {
    return testing::random_system(testing::box_kind(box), n, 2, apart, seed);
}

ModelData model_of(AttentionRecipe recipe, std::uint64_t seed) {
    recipe.base.embedding = {9, 18, 36};
    recipe.base.axis = 6;
    ModelData model = testing::random_attention_model(recipe, seed);
    model.min_neighbor_distance = apart;
    return model;
}

AttentionRecipe named(const std::string& name) {
    for (const AttentionRecipe& recipe : testing::attention_recipes())
        if (recipe.name == name) return recipe;
    throw std::invalid_argument("no recipe " + name);
}

/// Those with types as factors, some with what TensorFlow does.
std::vector<AttentionRecipe> stripped_recipes() {
    std::vector<AttentionRecipe> out;
    for (const char* name : {"strip", "strip_hard_one_side", "strip_table", "strip_by_type"})
        out.push_back(named(name));
    AttentionRecipe recipe = named("strip");
    recipe.name = "strip_cubic_without_exclusions";
    recipe.switch_kind = SeAtten::Switch::cubic;
    recipe.base.single_precision_cutoff = true;
    out.push_back(recipe);
    recipe = named("strip");
    recipe.name = "strip_first_atom";
    recipe.empty_slots = SeAtten::EmptySlots::first_atom;
    out.push_back(recipe);
    recipe = named("strip_by_type");
    recipe.name = "strip_by_type_hard";
    recipe.smooth = false;
    out.push_back(recipe);
    recipe = named("strip");
    recipe.name = "strip_short_switch";
    recipe.base.cutoff_smooth = 3.2;
    out.push_back(recipe);
    return out;
}

TEST_P(SeAttenForms, TablesReproduceTheNetworksForEveryModelFeatureOrSayWhyNot) {
    std::vector<AttentionRecipe> recipes = testing::attention_recipes();
    for (const AttentionRecipe& recipe : stripped_recipes()) recipes.push_back(recipe);
    std::uint64_t seed = 900;
    int n_compressed = 0;
    for (const AttentionRecipe& recipe : recipes) {
        SCOPED_TRACE(recipe.name);
        const ModelData model = model_of(recipe, ++seed);
        const testing::Compressed form = testing::compress(model, 1e-6);
        const bool has_degrees = recipe.lmax > 1, sees_first = recipe.name == "concat_first_atom";
        const bool shows_excluded = recipe.excluded_rows == SeAtten::ExcludedRows::shift;
        ASSERT_EQ(form.report.refusal.empty(), recipe.n_layers == 0 && !has_degrees && !sees_first && !shows_excluded)
            << form.report.refusal;
        if (!form.report.refusal.empty()) continue;
        ++n_compressed;
        const System system = atoms("triclinic", 30, seed);
        const Parameters parameters = testing::random_parameters(recipe.base, system.n(), seed);
        const EngineResult trained = compute(model, system, {}, parameters);
        const EngineResult got = compute(model, system, form.term, parameters);
        const double allowed = 4e-6 * std::max(1.0, largest(trained.forces));
        EXPECT_LT(deviation(got.forces, trained.forces), allowed);
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies), allowed);
        EXPECT_LT(deviation(got.atom_virials, trained.atom_virials), 10 * allowed);
        EXPECT_NE(got.energy, trained.energy);
    }
    EXPECT_EQ(n_compressed, 17);
}

TEST_P(SeAttenForms, WholeBasesAndFineTablesReproduceTheNetworksToRounding) {
    std::uint64_t seed = 40;
    for (const AttentionRecipe& recipe : stripped_recipes()) {
        SCOPED_TRACE(recipe.name);
        const ModelData model = model_of(recipe, ++seed);
        const compress::Compressor compressor(model, 1.0, 1);
        const auto form = std::make_shared<const CompressedTerm>(compressor.compress({1e-9, true}).front());
        const System system = atoms("orthogonal", 40, seed);
        const EngineResult trained = compute(model, system), got = compute(model, system, form);
        EXPECT_LT(deviation(got.forces, trained.forces), 1e-8 * std::max(1.0, largest(trained.forces)));
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies), 1e-9 * std::max(1.0, largest(trained.forces)));
    }
}

TEST_P(SeAttenForms, ForcesAreTheDerivativeOfTheEnergyOfACoarseForm) {
    for (const char* name : {"concat", "strip", "strip_hard_one_side"}) {
        SCOPED_TRACE(name);
        const ModelData model = model_of(named(name), 8);
        const compress::Compressor compressor(model, 1.0, 1);
        const auto coarse = std::make_shared<const CompressedTerm>(compressor.compress({0.05, false}).front());
        ASSERT_LT(testing::moment_form(coarse).centers[0].n_basis, 30);
        const auto engine = this->engine(model, coarse);
        System system = atoms("triclinic", 30, 9);
        const EngineResult at = testing::compute(*engine, system);
        const double step = 1e-4;
        for (const std::size_t k : {0u, 17u, 50u, 80u}) {
            const double here = system.positions[k];
            double energy[2];
            for (const int side : {0, 1}) {
                system.positions[k] = here + (side == 0 ? -step : step);
                energy[side] = testing::compute(*engine, system).energy;
            }
            system.positions[k] = here;
            EXPECT_NEAR(-(energy[1] - energy[0]) / (2 * step), at.forces[k], 5e-6 * std::max(1.0, largest(at.forces)));
        }
    }
}

TEST_P(SeAttenForms, EnergyAndForcesAreContinuousAtTheCutoff) {
    for (const Precision precision : {Precision::fp64, Precision::mix32}) {
        const ModelData model = model_of(named("strip"), 21);
        const auto engine = this->engine(model, testing::compressed_term(model, 1e-6), precision);
        System system = testing::random_system(testing::box_kind("open"), 3, 2, apart, 5);
        system.positions = {0, 0, 0, 1.5, 0.3, 0, 0, 0, 4.0};
        EngineResult at[3];
        for (const int k : {0, 1, 2}) {
            system.positions[8] = 4.0 + 1e-7 * (k - 1);
            at[k] = testing::compute(*engine, system);
        }
        const double most = precision == Precision::fp64 ? 1e-11 : 1e-6;
        for (const int k : {0, 1}) {
            EXPECT_NEAR(at[k].energy, at[2].energy, most);
            EXPECT_LT(deviation(at[k].forces, at[2].forces), most);
        }
    }
}

TEST_P(SeAttenForms, BitsDoNotDependOnThreads) {
    const ModelData model = model_of(named("strip"), 6);
    const Form form = testing::compressed_term(model, 1e-6);
    const System system = atoms("triclinic", 60, 7);
    for (const Precision precision : {Precision::fp64, Precision::mix32}) {
        const EngineResult one = testing::compute(*engine(model, form, precision), system);
        for (const int threads : {2, 5})
            EXPECT_EQ(testing::compute(*engine(model, form, precision, threads), system), one) << threads << " threads";
    }
}

TEST_P(SeAttenForms, SinglePrecisionStaysCloseToDouble) {
    for (const AttentionRecipe& recipe : stripped_recipes()) {
        SCOPED_TRACE(recipe.name);
        const ModelData model = model_of(recipe, 70);
        const Form form = testing::compressed_term(model, 1e-6);
        const System system = atoms("triclinic", 30, 71);
        const EngineResult exact = compute(model, system);
        const EngineResult got = testing::compute(*engine(model, form, Precision::mix32), system);
        EXPECT_LT(deviation(got.forces, exact.forces), 2e-4 * std::max(1.0, largest(exact.forces)));
    }
}

TEST_P(SeAttenForms, AtomsTooCloseForTheTablesTakeTheNetworksBitForBit) {
    const ModelData model = model_of(named("strip"), 4);
    const Form form = testing::compressed_term(model, 1e-6);
    System system = atoms("orthogonal", 50, 5);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 7 + c] = system.positions[3 * 20 + c] + 0.3;
    const EngineResult trained = compute(model, system);
    const auto engine = this->engine(model, form);
    const EngineResult got = testing::compute(*engine, system);
    EXPECT_GE(engine->n_fallback(), 2);
    EXPECT_LT(engine->n_fallback(), 12);
    for (const std::size_t atom : {7u, 20u}) EXPECT_EQ(got.atom_energies[atom], trained.atom_energies[atom]);
}

DPMD_INSTANTIATE_PER_BACKEND(SeAttenForms);

}  // namespace
}  // namespace dpmd
