#pragma once
// Networks for all types with random weights, and a random type embedding.
#include "models/local/typed_network.hpp"
#include "support/random_models.hpp"

namespace dpmd::testing {

inline Network random_network(const std::vector<int>& widths, int n_in, const ModelRecipe& recipe, Random& random) {
    Network out;
    for (const int width : widths) {
        out.layers.push_back(random_layer(random, n_in, width, recipe));
        n_in = width;
    }
    return out;
}

/// type_width, type_input and type_one_side are set. With `given_factors`, strip has no network of types.
inline void fill_typed_network(const ModelRecipe& recipe, bool given_factors, Random& random, TypedNetwork& to) {
    const int n_types = recipe.n_types, n_embeddings = to.type_one_side ? 1 : 2;
    to.type_embedding = random.uniforms(std::size_t(n_types * to.type_width), -1, 1);
    to.type_embedding.resize(to.type_embedding.size() + std::size_t(to.type_width), 0.0);
    const bool is_strip = to.type_input == TypedNetwork::TypeInput::strip;
    const int n_in = is_strip ? 1 : 1 + n_embeddings * to.type_width;
    to.network = random_network(recipe.embedding, n_in, recipe, random);
    if (is_strip && !given_factors)
        to.type_network = random_network(recipe.embedding, n_embeddings * to.type_width, recipe, random);
    if (is_strip && given_factors)
        to.type_factors = random.uniforms(
            std::size_t((to.type_one_side ? 1 : n_types + 1) * (n_types + 1) * to.network.n_out()), -1, 1);
}

/// One random fitting net for all types, for as many features as the term has now.
inline void fill_fitting_net(const ModelRecipe& recipe, Random& random, NetTerm& term) {
    Network fitting = term.fitting.networks.front();
    fitting.layers.front() = random_layer(random, term.n_features() + recipe.n_fparam + recipe.n_aparam + recipe.n_case,
                                          fitting.layers.front().n_out, recipe);
    term.fitting.networks = {fitting};
}

}  // namespace dpmd::testing
