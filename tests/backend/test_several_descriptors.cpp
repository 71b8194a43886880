// Models of several descriptors and of several terms, on every backend and in both forms.
#include <gtest/gtest.h>

#include <set>

#include "support/backend_parameter.hpp"
#include "support/compressed.hpp"
#include "support/deviation.hpp"
#include "support/equals_reference.hpp"
#include "support/expect_error.hpp"
#include "support/random_hybrids.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::deviation;
using testing::EngineResult;
using testing::largest;
using testing::ModelRecipe;
using testing::Parameters;

std::vector<ModelData> models(const ModelRecipe& recipe, std::uint64_t seed) {
    return {testing::random_hybrid(recipe, seed), testing::random_sum_of_terms(recipe, seed)};
}

class SeveralDescriptors : public testing::PerBackend {
protected:
    std::unique_ptr<ForceEngine> engine(const std::shared_ptr<const ModelData>& model, int threads = 1,
                                        Precision precision = Precision::fp64) const {
        return std::make_unique<ForceEngine>(RunnableModel{model, precision, OverflowPolicy::keep_nearest},
                                             testing::make_test_backend(GetParam(), threads), 0.0);
    }
    EngineResult compute(const std::shared_ptr<const ModelData>& model, const System& system) const {
        return testing::compute(*engine(model), system);
    }
};

std::shared_ptr<const ModelData> as_trained(const ModelData& model) { return std::make_shared<const ModelData>(model); }

std::shared_ptr<const ModelData> compressed(const ModelData& model, double tolerance = 1e-7) {
    const ChosenForm chosen = choose_compression(as_trained(model), Compression::moment, tolerance, 1);
    EXPECT_EQ(chosen.report.refusal, "");
    return chosen.model;
}

TEST_P(SeveralDescriptors, EqualTheReferenceForEveryModelFeature) {
    std::uint64_t seed = 100;
    for (const ModelRecipe& recipe : testing::model_recipes()) {
        ++seed;
        const System system = testing::random_system(testing::box_kind("triclinic"), 11, recipe.n_types, 1.0, seed);
        const Parameters parameters = testing::random_parameters(recipe, system.n(), seed);
        for (const ModelData& model : models(recipe, 10 * seed)) {
            SCOPED_TRACE(recipe.name + " seed " + std::to_string(seed));

            const EngineResult got = testing::compute(*testing::make_engine(model, {GetParam()}), system, parameters);

            testing::expect_equal_reference(got, reference::evaluate(model, system, parameters));
            const bool may_rest =
                std::set<std::string>{"all_pairs_excluded", "all_silent", "sel_all_zero"}.count(recipe.name) > 0;
            EXPECT_TRUE(may_rest || largest(got.forces) > 1e-4);
        }
    }
}

TEST_P(SeveralDescriptors, TablesReproduceTheNetworks) {
    const System system = testing::random_spread_system("triclinic", 40, 8);
    for (const ModelData& model : models(testing::wide_recipe(), 6)) {
        const EngineResult trained = compute(as_trained(model), system), got = compute(compressed(model, 1e-6), system);

        const double allowed = 4e-6 * std::max(1.0, largest(trained.forces));
        EXPECT_LT(deviation(got.forces, trained.forces), allowed);
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies), allowed);
        EXPECT_LT(deviation(got.atom_virials, trained.atom_virials), 10 * allowed);
        EXPECT_NE(got.energy, trained.energy);
    }
}

TEST_P(SeveralDescriptors, AtomsTooCloseForOneTableTakeTheNetworksBitForBit) {
    System system = testing::random_spread_system("orthogonal", 50, 14);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 7 + c] = system.positions[3 * 20 + c] + 0.3;
    for (const ModelData& model : models(testing::wide_recipe(), 13)) {
        const EngineResult trained = compute(as_trained(model), system);

        const auto engine = this->engine(compressed(model));
        const EngineResult got = testing::compute(*engine, system);

        EXPECT_EQ(engine->n_fallback(), 2);
        for (const std::size_t i : {std::size_t(7), std::size_t(20)})
            EXPECT_EQ(got.atom_energies[i], trained.atom_energies[i]) << i;
        EXPECT_LT(deviation(got.forces, trained.forces), 4e-6 * std::max(1.0, largest(trained.forces)));
    }
}

TEST_P(SeveralDescriptors, BitsDoNotDependOnThreads) {
    const System system = testing::random_spread_system("triclinic", 60, 21);
    for (const ModelData& model : models(testing::wide_recipe(), 20))
        for (const auto& form : {as_trained(model), compressed(model, 1e-5)}) {
            const EngineResult one = testing::compute(*engine(form, 1), system);
            EXPECT_EQ(testing::compute(*engine(form, 3), system), one);
        }
}

TEST_P(SeveralDescriptors, SinglePrecisionStaysCloseToDouble) {
    const System system = testing::random_spread_system("triclinic", 30, 31);
    for (const ModelData& model : models(testing::wide_recipe(), 30))
        for (const auto& form : {as_trained(model), compressed(model, 1e-5)}) {
            const EngineResult exact = testing::compute(*engine(form), system);
            const EngineResult got = testing::compute(*engine(form, 1, Precision::mix32), system);
            EXPECT_LT(deviation(got.forces, exact.forces), 1e-4 * std::max(1.0, largest(exact.forces)));
        }
}

TEST_P(SeveralDescriptors, MoreNeighboursThanOneOfThemTakesNameItsSelAndCutoff) {
    ModelData model = testing::random_hybrid({}, 40);
    std::get<SeA>(testing::term_of(model).descriptors[2]).environment.sel = {1, 40};
    const System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, 1.0, 41);
    const auto engine = testing::make_engine(model, {GetParam()});
    testing::expect_input_error([&] { testing::compute(*engine, system); },
                                {"of type 0 (T0) within 2.6 Å, but the model's sel for that type is 1;"});
}

DPMD_INSTANTIATE_PER_BACKEND(SeveralDescriptors);

}  // namespace
}  // namespace dpmd
