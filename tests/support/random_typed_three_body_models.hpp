#pragma once
// Small models with random weights and the descriptor se_e3_tebd, for every feature of it.
#include <utility>

#include "support/random_three_body_models.hpp"
#include "support/random_typed_networks.hpp"

namespace dpmd::testing {

/// The description of a random model. The defaults give types as inputs.
struct TypedThreeBodyRecipe {
    std::string name;
    ModelRecipe base;
    int type_width = 3;
    bool slots_by_type = false;  ///< those of the base; DeePMD-kit's models share them
    TypedNetwork::TypeInput type_input = TypedNetwork::TypeInput::concat;
    bool smooth = true, output_types = true;
    bool given_factors = false;  ///< instead of a network of types
};

inline constexpr int typed_normalization = 5;  ///< the real one would make all features small

inline ModelData random_typed_three_body_model(const TypedThreeBodyRecipe& recipe, std::uint64_t seed) {
    ModelData model = random_model(recipe.base, seed);
    model.min_neighbor_distance = spread_apart;
    Random random(seed + 1);
    SeTTebd to;
    to.environment = se_a_of(model).environment;
    if (!recipe.slots_by_type) {
        to.environment.sel = {to.environment.n_slots()};
        to.environment.slot_order = SlotOrder::mixed;
    }
    to.environment.normalization = typed_normalization;
    to.type_width = recipe.type_width;
    to.type_input = recipe.type_input;
    fill_typed_network(recipe.base, recipe.given_factors, random, to);
    if (recipe.base.tables && recipe.type_input == TypedNetwork::TypeInput::strip)
        to.network = {{}, random_symmetric_table(random, to.network.n_out(), recipe.base.linear_extrapolation)};
    to.smooth = recipe.smooth;
    to.output_type_embedding = recipe.output_types;
    NetTerm& term = term_of(model);
    term.descriptors.front() = to;
    fill_fitting_net(recipe.base, random, term);
    return model;
}

/// The function that differs most from se_e3, for recipes of other descriptors.
inline ModelData random_stripped_three_body_model(ModelRecipe base, std::uint64_t seed) {
    TypedThreeBodyRecipe recipe;
    recipe.base = std::move(base);
    recipe.slots_by_type = true;
    recipe.type_input = TypedNetwork::TypeInput::strip;
    return random_typed_three_body_model(recipe, seed);
}

/// Wide enough for tables to leave something out: every function, and odd widths with excluded pairs.
inline std::vector<ModelData> wide_typed_three_body_models(std::uint64_t seed) {
    std::vector<ModelData> out;
    TypedThreeBodyRecipe recipe;
    recipe.base = wide_recipe();
    const auto add = [&] { out.push_back(random_typed_three_body_model(recipe, seed++)); };
    add();
    recipe.type_input = TypedNetwork::TypeInput::strip;
    add();
    recipe.base.embedding = {3, 6, 13};
    recipe.base.env_protection = 0.1;
    recipe.base.exclude_types = {{0, 1}};
    add();
    recipe.smooth = recipe.output_types = false;
    add();
    return out;
}

inline std::vector<TypedThreeBodyRecipe> typed_three_body_recipes() {
    std::vector<TypedThreeBodyRecipe> out;
    const auto add = recipe_adder(out);
    using R = TypedThreeBodyRecipe;
    const auto strip = TypedNetwork::TypeInput::strip;
    add("concat", [](R&) {});
    add("concat_skip_from_types", [](R& r) { r.base.embedding = {7, 14}; });
    add("concat_twice_skip_from_types", [](R& r) { r.base.embedding = {14}; });
    add("concat_five_types", [](R& r) { r.base.n_types = 5; });
    add("concat_one_type", [](R& r) { r.base.n_types = 1; });
    add("concat_exclusions", [](R& r) {
        r.base.n_types = 3;
        r.base.exclude_types = {{0, 1}};
        r.base.pair_exclude_types = {{1, 1}};
    });
    add("concat_wide", [](R& r) { r.base.embedding = {25, 50, 33}; });
    add("concat_plain_fitting", [](R& r) { r.output_types = false; });
    add("strip", [=](R& r) { r.type_input = strip; });
    add("strip_hard", [=](R& r) {
        r.type_input = strip;
        r.smooth = false;
    });
    add("strip_five_types", [=](R& r) {
        r.type_input = strip;
        r.base.n_types = 5;
    });
    add("strip_factors_protection", [=](R& r) {
        r.type_input = strip;
        r.given_factors = true;
        r.base.env_protection = 0.1;
    });
    add("strip_table", [=](R& r) {
        r.type_input = strip;
        r.given_factors = r.base.tables = r.base.linear_extrapolation = true;
    });
    add("strip_exclusions", [=](R& r) {
        r.type_input = strip;
        r.base.exclude_types = {{0, 1}};
        r.base.atom_exclude_types = {1};
    });
    add("strip_odd_widths", [=](R& r) {
        r.type_input = strip;
        r.base.embedding = {3, 6, 13};
        r.base.timesteps = true;
    });
    add("parameters", [=](R& r) {
        r.type_input = strip;
        take_parameters(r.base);
    });
    return out;
}

}  // namespace dpmd::testing
