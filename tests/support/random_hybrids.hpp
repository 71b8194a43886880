#pragma once
// Small models with random weights and several descriptors, each of which sees neighbours of its own.
#include "support/random_radial_models.hpp"
#include "support/random_typed_three_body_models.hpp"

namespace dpmd::testing {

/// A term with the descriptors of other models, in their order, and a random fitting net on all their features.
inline NetTerm term_on(const std::vector<ModelData>& parts, const ModelRecipe& recipe, std::uint64_t seed) {
    Random random(seed);
    NetTerm out;
    out.fitting = fitting_of(parts.front());
    for (const ModelData& part : parts) out.descriptors.push_back(term_of(part).descriptors.front());
    const int n_parameters = recipe.n_fparam + recipe.n_aparam + recipe.n_case;
    for (Network& network : out.fitting.networks)
        network.layers.front() =
            random_layer(random, out.n_features() + n_parameters, network.layers.front().n_out, recipe);
    return out;
}

/// What the parts of a hybrid are like, before `change` makes one of them.
template <class Change>
ModelRecipe changed(ModelRecipe recipe, Change&& change) {
    change(recipe);
    return recipe;
}

/// Full, radial and shorter-sighted descriptors side by side; the fourth has the environment of the first, the last two
/// take pairs of neighbours.
inline std::vector<ModelData> hybrid_parts(const ModelRecipe& recipe, std::uint64_t seed) {
    const ModelRecipe narrow = changed(recipe, [](ModelRecipe& r) {
        r.cutoff = 2.6;
        r.sel = std::vector<int>(std::size_t(r.n_types), 40);
        r.embedding = {4, 7};
        r.axis = 3;
    });
    ModelData like_first = random_model(changed(recipe, [](ModelRecipe& r) { r.axis = (r.axis + 1) / 2; }), seed + 3);
    ModelData first = random_model(recipe, seed);
    environment_of(like_first) = environment_of(first);
    return {first,      random_radial_model(recipe, seed + 1),     random_model(narrow, seed + 2),
            like_first, random_three_body_model(narrow, seed + 4), random_stripped_three_body_model(narrow, seed + 6)};
}

/// All of these in one term.
inline ModelData random_hybrid(const ModelRecipe& recipe, std::uint64_t seed) {
    const std::vector<ModelData> parts = hybrid_parts(recipe, seed);
    ModelData out = parts.front();
    out.min_neighbor_distance = spread_apart;
    term_of(out) = term_on(parts, recipe, seed + 4);
    return out;
}

/// The same, and a second term on two of them.
inline ModelData random_sum_of_terms(const ModelRecipe& recipe, std::uint64_t seed) {
    ModelData out = random_hybrid(recipe, seed);
    std::vector<ModelData> parts = hybrid_parts(recipe, seed);
    parts.erase(parts.begin(), parts.begin() + 2);
    std::get<LocalModel>(out.kind).terms.push_back(term_on(parts, recipe, seed + 5));
    return out;
}

}  // namespace dpmd::testing
