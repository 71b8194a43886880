#pragma once
// Small models with random weights and local frames, for every feature of the descriptor.
#include <string>
#include <vector>

#include "support/random_models.hpp"

namespace dpmd::testing {

struct FrameRecipe {
    std::string name = "plain";
    ModelRecipe base;
    std::vector<int> sel_full = {12, 12}, sel_radial = {30, 30};
    std::vector<LocalFrame::Axes> axes = {{{1, 0}, {1, 1}}, {{0, 0}, {1, 0}}};
};

inline ModelData random_frame_model(const FrameRecipe& recipe, std::uint64_t seed) {
    ModelData model = random_model(recipe.base, seed);
    Random random(seed + 1);
    LocalFrame to;
    to.environment.cutoff = recipe.base.cutoff;
    to.environment.n_components = 1;
    to.environment.normalization = 1;
    to.sel_full = recipe.sel_full;
    to.sel_radial = recipe.sel_radial;
    for (std::size_t t = 0; t < to.sel_full.size(); ++t) {
        to.environment.sel.push_back(to.sel_full[t] + to.sel_radial[t]);
        to.environment.shift.push_back(0);
        to.environment.scale.push_back(1);
    }
    to.axes = recipe.axes;
    const auto n_features = std::size_t(to.n_features());
    to.shift = random.uniforms(to.axes.size() * n_features, -0.2, 0.3);
    to.scale = random.uniforms(to.axes.size() * n_features, 0.3, 1);

    NetTerm& term = term_of(model);
    const int n_behind = recipe.base.n_fparam + recipe.base.n_aparam + recipe.base.n_case;
    for (Network& fitting : term.fitting.networks)
        fitting.layers.front() =
            random_layer(random, to.n_features() + n_behind, fitting.layers.front().n_out, recipe.base);
    term.descriptors.front() = to;
    return model;
}

inline std::vector<FrameRecipe> frame_recipes() {
    std::vector<FrameRecipe> out;
    const auto add = recipe_adder(out);
    using R = FrameRecipe;
    add("plain", [](R&) {});
    add("radial_alone", [](R& r) { r.sel_full = {0, 0}; });
    add("full_alone", [](R& r) {
        r.sel_full = {40, 40};
        r.sel_radial = {0, 0};
    });
    add("an_axis_among_the_radial", [](R& r) {
        r.sel_full = {3, 2};
        r.axes = {{{1, 0}, {1, 3}}, {{0, 4}, {0, 1}}};
    });
    add("a_type_not_seen", [](R& r) {
        r.sel_full = {12, 0};
        r.sel_radial = {30, 0};
        r.axes = {{{0, 0}, {0, 1}}, {{0, 1}, {0, 0}}};
    });
    add("fewer_slots_than_neighbours", [](R& r) {
        r.sel_full = {2, 2};
        r.sel_radial = {1, 2};
    });
    add("excluded_pairs", [](R& r) {
        r.base.pair_exclude_types = {{0, 1}};
        r.axes = {{{0, 0}, {0, 1}}, {{1, 0}, {1, 1}}};
    });
    add("parameters", [](R& r) { take_parameters(r.base); });
    return out;
}

}  // namespace dpmd::testing
