#pragma once
// One small model for every feature of the se_e2_a descriptor and of its fitting net.
#include <vector>

#include "support/random_models.hpp"

namespace dpmd::testing {

inline std::vector<ModelRecipe> model_recipes() {
    std::vector<ModelRecipe> out;
    const auto add = recipe_adder(out);
    add("plain", [](ModelRecipe&) {});
    add("one_type", [](ModelRecipe& r) { r.n_types = 1; });
    add("five_types", [](ModelRecipe& r) { r.n_types = 5; });
    add("two_side", [](ModelRecipe& r) { r.one_side = false; });
    add("excluded_slots_dropped", [](ModelRecipe& r) { r.exclude_types = {{0, 1}}; });
    add("excluded_slots_kept", [](ModelRecipe& r) {
        r.exclude_types = {{0, 1}};
        r.excluded_slots = ExcludedSlots::keep;
    });
    add("two_side_excluded_self", [](ModelRecipe& r) {
        r.one_side = false;
        r.exclude_types = {{1, 1}};
    });
    add("two_side_missing_network", [](ModelRecipe& r) {
        r.one_side = false;
        r.exclude_types = {{0, 1}};
        r.missing_networks = {{0, 1}, {1, 0}};
    });
    add("all_pairs_excluded", [](ModelRecipe& r) { r.exclude_types = {{0, 0}, {0, 1}, {1, 1}}; });
    add("pair_excluded_in_model", [](ModelRecipe& r) { r.pair_exclude_types = {{0, 1}}; });
    add("silent_type", [](ModelRecipe& r) { r.atom_exclude_types = {0}; });
    add("all_silent", [](ModelRecipe& r) { r.atom_exclude_types = {0, 1}; });
    add("sel_zero", [](ModelRecipe& r) { r.sel = {0, 150}; });
    add("sel_all_zero", [](ModelRecipe& r) { r.sel = {0, 0}; });
    add("zero_davg", [](ModelRecipe& r) { r.zero_shift = true; });
    add("protection", [](ModelRecipe& r) { r.env_protection = 0.1; });
    add("float32_cutoff", [](ModelRecipe& r) {
        r.single_precision_cutoff = true;
        r.cutoff = 4.1;
        r.cutoff_smooth = 1.8;
    });
    add("no_smooth_part", [](ModelRecipe& r) { r.cutoff_smooth = 0; });
    add("table_clamped", [](ModelRecipe& r) { r.tables = true; });
    add("table_linear", [](ModelRecipe& r) { r.tables = r.linear_extrapolation = true; });
    add("table_two_side_odd", [](ModelRecipe& r) {
        r.tables = true;
        r.one_side = false;
        r.embedding = {7};
        r.axis = 3;
    });
    add("axis_one", [](ModelRecipe& r) { r.axis = 1; });
    add("axis_all", [](ModelRecipe& r) { r.axis = 8; });
    add("odd_widths", [](ModelRecipe& r) {
        r.embedding = {3, 6, 13};
        r.axis = 5;
        r.fitting = {11, 11, 7};
    });
    add("width_one", [](ModelRecipe& r) {
        r.embedding = {1, 1};
        r.axis = 1;
        r.fitting = {1};
    });
    add("doubling_from_one", [](ModelRecipe& r) {
        r.embedding = {2, 4, 8};
        r.axis = 4;
        r.fitting = {6, 6};
    });
    add("wide", [](ModelRecipe& r) {
        r.embedding = {25, 50, 33};
        r.axis = 9;
        r.fitting = {65, 65};
    });
    add("no_hidden_fitting_layer", [](ModelRecipe& r) { r.fitting = {}; });
    add("fitting_skip_from_input", [](ModelRecipe& r) {
        r.embedding = {4};
        r.axis = 3;
        r.fitting = {12, 24};
    });
    add("no_biases", [](ModelRecipe& r) { r.biases = false; });
    add("no_skips_timesteps", [](ModelRecipe& r) {
        r.skips = false;
        r.timesteps = true;
    });
    add("timesteps", [](ModelRecipe& r) { r.timesteps = true; });
    add("fparam", [](ModelRecipe& r) { r.n_fparam = 2; });
    add("aparam", [](ModelRecipe& r) { r.n_aparam = 3; });
    add("all_parameters_vacuum", [](ModelRecipe& r) {
        r.n_fparam = 1;
        r.n_aparam = 2;
        r.n_case = 3;
        r.subtract_vacuum = true;
        r.embedding = {5};
        r.axis = 3;
    });
    add("vacuum", [](ModelRecipe& r) { r.subtract_vacuum = true; });
    const std::pair<const char*, Activation> activations[] = {
        {"linear", Activation::linear}, {"gelu", Activation::gelu},         {"relu", Activation::relu},
        {"relu6", Activation::relu6},   {"softplus", Activation::softplus}, {"sigmoid", Activation::sigmoid},
        {"silu", Activation::silu},     {"silut", Activation::silut},       {"gelu_single", Activation::gelu_single},
    };
    for (const auto& [name, activation] : activations)
        add(name, [a = activation](ModelRecipe& r) {
            r.activation = a;
            r.silut_threshold = 0.4;
            r.embedding = {5, 10, 7};
            r.axis = 3;
        });
    return out;
}

/// A model wide enough for compression to leave something out.
inline ModelRecipe wide_recipe() {
    ModelRecipe recipe;
    recipe.embedding = {8, 16, 32};
    recipe.axis = 6;
    recipe.fitting = {24, 24};
    return recipe;
}

}  // namespace dpmd::testing
