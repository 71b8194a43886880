// Descriptors on every backend against the slow reference.
#include <gtest/gtest.h>

#include <set>

#include "support/descriptor_cases.hpp"
#include "support/deviation.hpp"
#include "support/equals_reference.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::ModelRecipe;
using testing::Parameters;

System random_system(const char* box, int n, std::uint64_t seed) {
    return testing::random_system(testing::box_kind(box), n, 2, 1.0, seed);
}

class DescriptorEvaluator : public testing::PerDescriptor {};

TEST_P(DescriptorEvaluator, EqualsTheReferenceForEveryModelFeature) {
    std::uint64_t seed = 100;
    for (const ModelRecipe& recipe : testing::model_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = this->model(recipe, seed);
        const System system = testing::random_system(testing::box_kind("triclinic"), 21, recipe.n_types, 1.0, seed);
        const Parameters parameters = testing::random_parameters(recipe, system.n(), seed);

        const EngineResult got = testing::compute(*testing::make_engine(model, {backend()}), system, parameters);

        testing::expect_equal_reference(got, reference::evaluate(model, system, parameters));
        const bool may_rest =
            std::set<std::string>{"all_pairs_excluded", "all_silent", "sel_all_zero"}.count(recipe.name) > 0;
        EXPECT_EQ(testing::largest(got.forces) > 1e-4, !may_rest);
    }
}

TEST_P(DescriptorEvaluator, EqualsTheReferenceForAnyNumberOfAtoms) {
    const ModelData model = this->model({}, 3);
    for (const int n : {0, 1, 2, 3, 15, 17, 31, 33}) {
        SCOPED_TRACE(std::to_string(n) + " atoms");
        const System system = random_system("open", n, 300 + std::uint64_t(n));
        ASSERT_EQ(system.n(), n);
        const EngineResult got = testing::compute(*testing::make_engine(model, {backend()}), system);

        testing::expect_equal_reference(got, reference::evaluate(model, system));
    }
}

TEST_P(DescriptorEvaluator, KeepsTheNearestNeighboursWhenAskedTo) {
    for (const bool all_types_first : {false, true})
        for (const int sel : {1, 2, 5, 9}) {
            SCOPED_TRACE("sel " + std::to_string(sel));
            ModelRecipe recipe;
            recipe.sel = {sel, 2 * sel};
            recipe.slot_order = all_types_first ? SlotOrder::all_types : SlotOrder::by_type;
            const ModelData model = this->model(recipe, 4);
            const System system = random_system("triclinic", 30, 5);

            const auto engine = testing::make_engine(model, testing::keep_nearest({backend()}));

            testing::expect_equal_reference(testing::compute(*engine, system), reference::evaluate(model, system));
        }
}

DPMD_INSTANTIATE_PER_DESCRIPTOR(DescriptorEvaluator, testing::with_devices(testing::arithmetic_instruction_sets()));

/// Backends that describe: a GPU leaves it to the CPU.
class DescriptorDescription : public testing::PerDescriptor {};

TEST_P(DescriptorDescription, FeaturesAreThoseOfTheReference) {
    for (const ModelData& model : wide_models(22)) {
        const System system = random_system("open", 30, 23);
        const auto engine = testing::make_engine(model, {backend()});
        const auto widths = engine->evaluator().description_widths();
        const auto n_features = std::size_t(testing::term_of(model).n_features());
        ASSERT_EQ(std::size_t(widths.descriptor), n_features);
        std::vector<double> got(std::size_t(system.n()) * n_features), hidden(std::size_t(system.n() * widths.hidden));
        ForceCall call;
        call.atoms = {system.n(), system.positions.data(), system.types.data(), nullptr};
        call.lattice = Lattice(system.box);
        engine->describe_on_host(call, got.data(), hidden.data());

        for (int i = 0; i < system.n(); ++i) {
            const auto expected = reference::features_of(testing::term_of(model), system, std::size_t(i));
            for (std::size_t c = 0; c < n_features; ++c)
                ASSERT_NEAR(got[std::size_t(i) * n_features + c], double(expected[c]), 1e-12) << i << " " << c;
        }
    }
}

DPMD_INSTANTIATE_PER_DESCRIPTOR(DescriptorDescription, testing::arithmetic_instruction_sets());

}  // namespace
}  // namespace dpmd
