#pragma once
// Small models with pair tables: alone, added to nets, and joined to them by a bridge.
#include <cmath>

#include "support/random_hybrids.hpp"

namespace dpmd::testing {

inline constexpr double table_begins = 0.4;  ///< Å

/// Repulsions that differ by the types, as cubic polynomials with values and slopes that meet at the knots.
inline PairTable random_pair_table(const ModelRecipe& recipe, std::uint64_t seed) {
    Random random(seed);
    const auto n_types = std::size_t(recipe.n_types);
    PairTable out;
    out.cutoff = 3.1;
    out.sel.assign(n_types, 60);
    out.n_slots = 60 * recipe.n_types;
    out.first = table_begins;
    out.spacing = 0.05;
    out.n_intervals = 60;
    out.energy_shift = random.uniforms(n_types, -1, 1);
    for (std::size_t pair = 0; pair < n_types * n_types; ++pair) {
        const double height = random.uniform(2, 8), decay = random.uniform(1, 2);
        const auto u = [&](double r) { return height * std::exp(-decay * r) / r; };
        const auto rise = [&](double r) { return -u(r) * (decay + 1 / r) * out.spacing; };
        for (int k = 0; k < out.n_intervals; ++k) {
            const double a = out.first + k * out.spacing, b = a + out.spacing;
            const double drop = u(a) - u(b);
            for (const double c : {2 * drop + rise(a) + rise(b), -3 * drop - 2 * rise(a) - rise(b), rise(a), u(a)})
                out.coefficients.push_back(c);
        }
    }
    return out;
}

inline LocalModel& local_of(ModelData& model) { return std::get<LocalModel>(model.kind); }

inline Bridge bridge_between(double inner, double outer) { return {0.15, inner, outer, outer - inner, 0}; }

/// Nets and a table, whose energies are added.
inline ModelData random_sum_with_table(const ModelRecipe& recipe, std::uint64_t seed) {
    ModelData out = random_hybrid(recipe, seed);
    local_of(out).pair_terms.push_back(random_pair_table(recipe, seed + 1));
    return out;
}

/// A table joined to nets, which most atoms of a random system are between. `apart`: of its atoms, Å.
inline ModelData random_bridged(const ModelRecipe& recipe, std::uint64_t seed, double apart = 1.0) {
    ModelData out = random_sum_with_table(recipe, seed);
    local_of(out).bridge = bridge_between(apart, 1.6 * apart);
    return out;
}

/// A table and nothing else.
inline ModelData random_table_alone(const ModelRecipe& recipe, std::uint64_t seed) {
    ModelData out = random_model(recipe, seed);
    local_of(out).terms.clear();
    local_of(out).pair_terms.push_back(random_pair_table(recipe, seed));
    return out;
}

}  // namespace dpmd::testing
