#pragma once
// Small models with random weights and the descriptor se_e3, for every feature that they share with se_e2_a.
#include "support/model_recipes.hpp"
#include "support/random_systems.hpp"

namespace dpmd::testing {

inline SeT& se_t_of(ModelData& model) { return std::get<SeT>(term_of(model).descriptors.front()); }
inline const SeT& se_t_of(const ModelData& model) { return std::get<SeT>(term_of(model).descriptors.front()); }

/// A table with a coarse part on both sides.
inline Table random_symmetric_table(Random& random, int n_channels, bool linear) {
    Table table{-3.0, -1.5, 1.5, 3.0, 0.125, 0.25, linear, 6 + 24 + 6, n_channels, {}};
    for (int k = 0; k < table.n_rows * n_channels; ++k)
        for (int power = 0; power < 6; ++power) table.coefficients.push_back(random.uniform(-1, 1) / (1 + power));
    return table;
}

/// `recipe.axis` means nothing here. A pair of types without a network in either order has none.
inline ModelData random_three_body_model(ModelRecipe recipe, std::uint64_t seed) {
    recipe.axis = 1;  // as many features as channels
    ModelData model = random_model(recipe, seed);
    model.min_neighbor_distance = spread_apart;
    const SeA from = se_a_of(model);
    Random random(seed + 7);
    SeT to;
    to.environment = from.environment;
    to.embedding.n_types = recipe.n_types;
    for (int a = 0; a < recipe.n_types; ++a) {
        for (int b = a; b < recipe.n_types; ++b) {
            auto& network = to.embedding.nets.emplace_back(from.embedding.at(a, b));
            if (!network) continue;
            if (network->table)
                network->table = random_symmetric_table(random, network->n_out(), recipe.linear_extrapolation);
            else
                for (Layer& layer : network->layers)  // no pair has the net of another
                    for (double& weight : layer.weight) weight *= 1 + 0.1 * random.uniform(-1, 1);
        }
        to.pair_normalization.push_back(4 + a);  // the real ones would make all features small
    }
    term_of(model).descriptors.front() = to;
    return model;
}

}  // namespace dpmd::testing
