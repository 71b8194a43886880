// Is the oracle right? For every descriptor, its forces and virial against differences of its own energy, its pairs
// against a crystal counted by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "oracle/local_reference.hpp"
#include "support/random_radial_models.hpp"
#include "support/random_systems.hpp"
#include "support/random_three_body_models.hpp"

namespace dpmd::reference {
namespace {

using testing::ModelRecipe;

/// Energy of positions given in long double would need another engine; instead a step that double holds exactly.
constexpr double step = 0x1p-14;
/// Central differences of step h: error h^2/6 f''' with h^2/6 = 6e-10 and third derivatives up to 1e3 eV/Å^3.
constexpr double difference_tolerance = 1e-6;

/// A model of each descriptor.
std::vector<ModelData> models(ModelRecipe recipe, std::uint64_t seed) {
    std::vector<ModelData> out = {testing::random_model(recipe, seed)};
    recipe.fitting_scale *= 10;  // radial features change little
    out.push_back(testing::random_radial_model(recipe, seed));
    out.push_back(testing::random_three_body_model(recipe, seed));
    return out;
}

/// Central differences of the energy against forces.
void expect_forces_are_slopes(const ModelData& model, System system, const Parameters& parameters) {
    const Outcome outcome = evaluate(model, system, parameters);
    real largest = 0;
    for (std::size_t k = 0; k < system.positions.size(); ++k) {
        const double before = system.positions[k];
        system.positions[k] = before + step;
        const real above = evaluate(model, system, parameters).energy;
        system.positions[k] = before - step;
        const real below = evaluate(model, system, parameters).energy;
        system.positions[k] = before;
        EXPECT_NEAR(double((below - above) / (2 * step)), double(outcome.forces[k]), difference_tolerance);
        largest = std::max(largest, std::fabs(outcome.forces[k]));
    }
    EXPECT_GT(largest, 0.1L) << "forces too small to mean anything";
}

/// The energy under strain against the virial, and this against its atoms.
void expect_virial_is_slope(const ModelData& model, const System& system) {
    const auto strained = [&](std::size_t a, std::size_t b, double by) {  // x_b += by x_a
        System out = system;
        for (std::size_t row = 0; row < 3; ++row) out.box.cell[3 * row + b] += by * system.box.cell[3 * row + a];
        for (std::size_t i = 0; i < std::size_t(system.n()); ++i)
            out.positions[3 * i + b] += by * system.positions[3 * i + a];
        return evaluate(model, out).energy;
    };
    const Outcome outcome = evaluate(model, system);
    for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t b = 0; b < 3; ++b) {
            real sum = 0;
            for (std::size_t i = 0; i < std::size_t(system.n()); ++i) sum += outcome.atom_virials[9 * i + 3 * b + a];
            // virial[gradient b][coordinate a] = -sum g_b d_a
            const real slope = (strained(a, b, -step) - strained(a, b, step)) / (2 * step);
            EXPECT_NEAR(double(slope), double(outcome.virial[3 * b + a]), 10 * difference_tolerance) << a << b;
            EXPECT_NEAR(double(sum), double(outcome.virial[3 * b + a]), 1e-15);
        }
    EXPECT_GT(std::fabs(outcome.virial[0]), 0.1L);
}

TEST(PairsReference, FindsTheShellsOfAFaceCentredCrystal) {
    const System crystal = testing::fcc_crystal(1, 4.0, 1);

    const std::vector<Bond> bonds = bonds_of(crystal, 0, 4.0 * std::sqrt(1.51L));

    int first_shell = 0, second_shell = 0, third_shell = 0;
    for (const Bond& bond : bonds) {
        first_shell += std::fabs(bond.r - 4.0L * std::sqrt(0.5L)) < 1e-12L;
        second_shell += std::fabs(bond.r - 4.0L) < 1e-12L;
        third_shell += std::fabs(bond.r - 4.0L * std::sqrt(1.5L)) < 1e-12L;
    }
    EXPECT_EQ(first_shell, 12);
    EXPECT_EQ(second_shell, 6);
    EXPECT_EQ(third_shell, 24);
    EXPECT_EQ(bonds.size(), 42u);
}

TEST(LocalReference, ForcesAreTheNegativeSlopeOfTheEnergy) {
    ModelRecipe recipe;
    recipe.one_side = false;
    recipe.n_aparam = 1;
    recipe.env_protection = 0.05;
    recipe.timesteps = true;
    const System system = testing::random_system(testing::box_kind("triclinic"), 8, 2, 1.0, 1);
    const Parameters parameters{{}, testing::Random(1).uniforms(8, -1, 1)};
    for (const Activation activation : {Activation::tanh, Activation::gelu, Activation::softplus, Activation::silut}) {
        recipe.activation = activation;
        for (const ModelData& model : models(recipe, 1)) expect_forces_are_slopes(model, system, parameters);
    }
}

TEST(LocalReference, VirialIsTheNegativeSlopeOfTheEnergyUnderStrainAndTheSumOfItsAtoms) {
    const System system = testing::random_system(testing::box_kind("tiny_skewed"), 2, 2, 1.0, 2);
    for (const ModelData& model : models({}, 2)) expect_virial_is_slope(model, system);
}

}  // namespace
}  // namespace dpmd::reference
