#pragma once
// Small models with random weights and the descriptor se_e2_r, for every feature that they share with se_e2_a.
#include "support/model_recipes.hpp"
#include "support/random_systems.hpp"

namespace dpmd::testing {

inline const SeR& se_r_of(const ModelData& model) { return std::get<SeR>(term_of(model).descriptors.front()); }

/// `recipe.axis` means nothing here.
inline ModelData random_radial_model(ModelRecipe recipe, std::uint64_t seed) {
    recipe.axis = 1;  // as many features as channels
    ModelData model = random_model(recipe, seed);
    model.min_neighbor_distance = spread_apart;
    const SeA from = se_a_of(model);
    SeR to{from.environment, from.embedding};
    to.environment.n_components = 1;
    to.environment.shift.clear();
    to.environment.scale.clear();
    for (int t = 0; t < recipe.n_types; ++t) {
        to.environment.shift.push_back(from.environment.shift_of(t));
        to.environment.scale.push_back(from.environment.scale_of(t));
    }
    term_of(model).descriptors.front() = to;
    return model;
}

/// Every rule about the slots of the pair 0-1.
inline std::vector<ModelData> radial_models_with_exclusions(std::uint64_t seed) {
    std::vector<ModelData> out;
    for (const ExcludedSlots rule : {ExcludedSlots::drop, ExcludedSlots::keep, ExcludedSlots::zero}) {
        ModelRecipe recipe = wide_recipe();
        recipe.exclude_types = {{0, 1}};
        recipe.excluded_slots = rule;
        recipe.one_side = false;
        out.push_back(random_radial_model(recipe, seed));
    }
    return out;
}

}  // namespace dpmd::testing
