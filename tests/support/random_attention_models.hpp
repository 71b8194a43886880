#pragma once
// Small models with random weights and the descriptor se_atten, for every feature of it.
#include "support/random_typed_networks.hpp"

namespace dpmd::testing {

/// The description of a random model. The defaults give attention-free DPA-1 with types as inputs.
struct AttentionRecipe {
    std::string name;
    ModelRecipe base;
    SlotOrder slot_order = SlotOrder::mixed;
    int sel = 60, type_width = 3, n_layers = 0, n_hidden = 5, lmax = 1;
    SeAtten::TypeInput type_input = SeAtten::TypeInput::concat;
    SeAtten::Switch switch_kind = SeAtten::Switch::w;
    SeAtten::EmptySlots empty_slots = SeAtten::EmptySlots::padding;
    SeAtten::ExcludedRows excluded_rows = SeAtten::ExcludedRows::zero;
    bool one_side = false, smooth = true, output_types = true, normalize = true, dot_directions = true, mask = false;
    bool given_factors = false;  ///< instead of a network of types
    double norm_floor = 1e-12;
};

inline AttentionLayer random_attention(const AttentionRecipe& recipe, int n_channels, Random& random) {
    AttentionLayer out;
    out.n_channels = n_channels;
    out.n_hidden = recipe.n_hidden;
    const auto n = std::size_t(n_channels), h = std::size_t(recipe.n_hidden);
    out.in_weight = random.uniforms(n * 3 * h, -1, 1);
    out.in_bias = random.uniforms(3 * h, -0.3, 0.3);
    out.out_weight = random.uniforms(h * n, -1, 1);
    out.out_bias = random.uniforms(n, -0.3, 0.3);
    out.norm_scale = random.uniforms(n, 0.5, 1.5);
    out.norm_shift = random.uniforms(n, -0.3, 0.3);
    out.norm_epsilon = 1e-3;
    out.scale = 0.7;
    out.normalize = recipe.normalize;
    out.norm_floor = recipe.norm_floor;
    out.dot_directions = recipe.dot_directions;
    out.masks_diagonal = recipe.mask;
    return out;
}

inline ModelData random_attention_model(const AttentionRecipe& recipe, std::uint64_t seed) {
    ModelData model = random_model(recipe.base, seed);
    Random random(seed + 1);
    const SeA from = se_a_of(model);
    SeAtten to;
    to.environment = from.environment;
    to.environment.slot_order = recipe.slot_order;
    if (recipe.slot_order == SlotOrder::mixed) to.environment.sel = {recipe.sel};
    if (recipe.slot_order == SlotOrder::unlimited) to.environment.sel.clear();
    to.type_width = recipe.type_width;
    to.type_input = recipe.type_input;
    to.type_one_side = recipe.one_side;
    fill_typed_network(recipe.base, recipe.given_factors, random, to);
    to.smooth = recipe.smooth;
    to.switch_kind = recipe.switch_kind;
    to.axis_neuron = recipe.base.axis;
    to.degree_gain = random.uniforms(std::size_t(recipe.lmax - 1), 0.5, 1.5);
    to.empty_slots = recipe.slot_order == SlotOrder::unlimited ? SeAtten::EmptySlots::none : recipe.empty_slots;
    to.excluded_rows = recipe.excluded_rows;
    to.output_type_embedding = recipe.output_types;
    for (int k = 0; k < recipe.n_layers; ++k)
        to.attention.push_back(random_attention(recipe, to.network.n_out(), random));

    NetTerm& term = term_of(model);
    term.descriptors.front() = to;
    fill_fitting_net(recipe.base, random, term);
    return model;
}

inline std::vector<AttentionRecipe> attention_recipes() {
    std::vector<AttentionRecipe> out;
    const auto add = recipe_adder(out);
    using R = AttentionRecipe;
    const auto strip = SeAtten::TypeInput::strip;
    add("concat", [](R&) {});
    add("concat_one_side", [](R& r) { r.one_side = true; });
    add("concat_first_atom", [](R& r) { r.empty_slots = SeAtten::EmptySlots::first_atom; });
    add("concat_unlimited", [](R& r) { r.slot_order = SlotOrder::unlimited; });
    add("concat_by_type", [](R& r) {
        r.slot_order = SlotOrder::by_type;
        r.empty_slots = SeAtten::EmptySlots::section;
    });
    add("strip_by_type", [=](R& r) {
        r.type_input = strip;
        r.slot_order = SlotOrder::by_type;
        r.base.exclude_types = {{0, 1}};
    });
    add("strip", [=](R& r) { r.type_input = strip; });
    add("strip_hard_one_side", [=](R& r) {
        r.type_input = strip;
        r.smooth = false;
        r.one_side = true;
    });
    add("strip_table", [=](R& r) {
        r.type_input = strip;
        r.given_factors = true;
        r.base.env_protection = 0.1;
    });
    add("strip_cubic", [=](R& r) {
        r.type_input = strip;
        r.switch_kind = SeAtten::Switch::cubic;
        r.excluded_rows = SeAtten::ExcludedRows::shift;
        r.base.exclude_types = {{0, 1}};
    });
    add("lmax_2", [](R& r) { r.lmax = 2; });
    add("lmax_4_protection", [](R& r) {
        r.lmax = 4;
        r.base.env_protection = 0.2;
    });
    add("attention", [](R& r) { r.n_layers = 2; });
    add("attention_unlimited", [](R& r) {
        r.n_layers = 1;
        r.slot_order = SlotOrder::unlimited;
    });
    add("attention_hard", [](R& r) {
        r.n_layers = 2;
        r.smooth = false;
    });
    add("attention_cubic_mask", [](R& r) {
        r.n_layers = 2;
        r.switch_kind = SeAtten::Switch::cubic;
        r.mask = true;
        r.norm_floor = 1e-6;
    });
    add("attention_strip_plain", [=](R& r) {
        r.n_layers = 1;
        r.n_hidden = 33;  // more than lanes
        r.type_input = strip;
        r.normalize = r.dot_directions = false;
        r.output_types = false;
    });
    add("attention_exclusions", [](R& r) {
        r.n_layers = 1;
        r.lmax = 3;
        r.base.exclude_types = {{0, 1}};
        r.base.pair_exclude_types = {{1, 1}};
    });
    add("parameters", [](R& r) { take_parameters(r.base); });
    return out;
}

}  // namespace dpmd::testing
