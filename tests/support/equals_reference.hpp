#pragma once
// Whole evaluations against the slow reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/fixed_point.hpp"
#include "support/engine.hpp"
#include "support/random_models.hpp"

namespace dpmd::testing {

/// Each term of a sum over pairs is rounded to the nearest multiple of 1/fixed_scale, so n terms are off by at most n/2
/// of these; `magnitude` is the size of the values that enter in double, whose arithmetic (long chains of sums in nets
/// and moments, a tanh good to 3 ulp) keeps 12 digits.
inline double rounding(double n_terms, double magnitude) {
    return 0.5 / fixed_scale * n_terms + 1e-12 * std::max(1.0, magnitude);
}

inline void expect_near_all(const std::vector<double>& got, const std::vector<reference::real>& expected,
                            double n_terms, const char* what) {
    ASSERT_EQ(got.size(), expected.size());
    reference::real largest = 0;
    for (const reference::real x : expected) largest = std::max(largest, std::fabs(x));
    const double allowed = rounding(n_terms, double(largest));
    for (std::size_t k = 0; k < got.size(); ++k)
        ASSERT_NEAR(got[k], double(expected[k]), allowed) << what << " element " << k;
}

inline void expect_equal_reference(const EngineResult& got, const reference::Outcome& expected) {
    // a force gathers the pairs of the atom as centre and as neighbour
    const double n_force_terms = 2.0 * std::max(1, expected.most_neighbors);
    reference::real largest_virial = 0;
    for (const reference::real x : expected.virial) largest_virial = std::max(largest_virial, std::fabs(x));
    // what is added up over atoms is not rounded
    expect_near_all(got.atom_energies, expected.atom_energies, 0, "atom energies");
    EXPECT_NEAR(got.energy, double(expected.energy), rounding(0, std::fabs(double(expected.energy)))) << "energy";
    expect_near_all(got.forces, expected.forces, n_force_terms, "forces");
    expect_near_all(got.atom_virials, expected.atom_virials, n_force_terms, "atom virials");
    for (std::size_t k = 0; k < 9; ++k)
        EXPECT_NEAR(got.virial[k], double(expected.virial[k]), rounding(0, double(largest_virial))) << "virial " << k;
}

inline Parameters random_parameters(const ModelRecipe& recipe, int n_atoms, std::uint64_t seed) {
    Random random(seed);
    return {random.uniforms(std::size_t(recipe.n_fparam), -1, 1),
            random.uniforms(std::size_t(recipe.n_aparam) * std::size_t(n_atoms), -1, 1)};
}

}  // namespace dpmd::testing
