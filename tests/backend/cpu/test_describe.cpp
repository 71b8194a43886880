// Descriptions of atoms: what the fitting net makes energies of, for every feature, size and instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/model_recipes.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::Parameters;
using reference::System;

struct Described {
    DescriptionWidths widths;
    std::vector<double> descriptors, hidden;
};

Described describe(ForceEngine& engine, const System& system, const Parameters& parameters = {}) {
    Described out;
    out.widths = engine.evaluator().description_widths();
    out.descriptors.resize(std::size_t(system.n()) * std::size_t(out.widths.descriptor));
    out.hidden.resize(std::size_t(system.n()) * std::size_t(out.widths.hidden));
    ForceCall call;
    call.atoms = {system.n(), system.positions.data(), system.types.data(), nullptr};
    call.lattice = Lattice(system.box);
    call.fparam = parameters.fparam;
    call.aparam = parameters.aparam;
    engine.describe_on_host(call, out.descriptors.data(), out.hidden.data());
    return out;
}

/// The net's last, linear layer on one atom's hidden layer.
double last_layer(const Network& network, const double* hidden) {
    const Layer& layer = network.layers.back();
    double energy = layer.bias.empty() ? 0.0 : layer.bias[0];
    for (int k = 0; k < layer.n_in; ++k) energy += hidden[k] * layer.weight[std::size_t(k)];
    return energy;
}

/// Backends that describe: a GPU leaves it to the CPU.
class Describe : public ::testing::TestWithParam<std::string> {};

TEST_P(Describe, HiddenLayersMakeTheEnergiesForEveryModelFeature) {
    std::uint64_t seed = 400;
    for (const testing::ModelRecipe& recipe : testing::model_recipes()) {
        SCOPED_TRACE(recipe.name + " seed " + std::to_string(++seed));
        const ModelData model = testing::random_model(recipe, seed);
        const auto engine = testing::make_engine(model, {GetParam()});
        const System system = testing::random_system(testing::box_kind("triclinic"), 21, recipe.n_types, 1.0, seed);
        testing::Random random(seed);
        const Parameters parameters{random.uniforms(std::size_t(recipe.n_fparam), -1, 1),
                                    random.uniforms(std::size_t(recipe.n_aparam) * std::size_t(system.n()), -1, 1)};

        const Described got = describe(*engine, system, parameters);
        const testing::EngineResult computed = testing::compute(*engine, system, parameters);

        for (std::size_t i = 0; i < std::size_t(system.n()); ++i) {
            const auto t = std::size_t(system.types[i]);
            const auto& silent = testing::term_of(model).atom_exclude_types;
            if (std::count(silent.begin(), silent.end(), int(t)) > 0 || testing::fitting_of(model).subtract_vacuum[t])
                continue;
            const double made =
                last_layer(testing::fitting_of(model).networks[t], &got.hidden[i * std::size_t(got.widths.hidden)]) +
                testing::fitting_of(model).energy_shift[t];
            ASSERT_NEAR(made, computed.atom_energies[i], 1e-12 * std::max(1.0, std::fabs(made))) << "atom " << i;
        }
    }
}

TEST_P(Describe, ATileOfAnySizeGivesWhatOneAtomGives) {
    const ModelData model = testing::random_model({}, 8);
    const auto engine = testing::make_engine(model, {GetParam()});
    for (const int n : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33}) {
        SCOPED_TRACE(std::to_string(n) + " atoms");
        System system = testing::random_system(testing::box_kind("open"), n, 1, 1.0, 500 + std::uint64_t(n));
        for (int i = 0; i < n; ++i) system.positions[3 * std::size_t(i)] += 1000.0 * i;  // each alone

        const Described got = describe(*engine, system);

        const auto width = std::size_t(got.widths.descriptor);
        for (std::size_t k = 0; k < got.descriptors.size(); ++k)
            ASSERT_EQ(got.descriptors[k], got.descriptors[k % width]) << "atom " << k / width;
    }
}

INSTANTIATE_TEST_SUITE_P(PerInstructionSet, Describe, ::testing::ValuesIn(testing::arithmetic_instruction_sets()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace dpmd
