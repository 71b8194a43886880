#pragma once
// Small models with random weights, for every feature of the se_e2_a descriptor and of its fitting net.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/model_data.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::testing {

// The parts of a model of one term with one descriptor.
inline NetTerm& term_of(ModelData& model) { return std::get<LocalModel>(model.kind).terms.front(); }
inline const NetTerm& term_of(const ModelData& model) { return model.local().terms.front(); }
inline SeA& se_a_of(ModelData& model) { return std::get<SeA>(term_of(model).descriptors.front()); }
inline const SeA& se_a_of(const ModelData& model) { return std::get<SeA>(term_of(model).descriptors.front()); }
inline Environment& environment_of(ModelData& model) { return se_a_of(model).environment; }
inline const Environment& environment_of(const ModelData& model) { return se_a_of(model).environment; }
inline Fitting& fitting_of(ModelData& model) { return term_of(model).fitting; }
inline const Fitting& fitting_of(const ModelData& model) { return term_of(model).fitting; }

/// Appends recipes by name: each is the default one with a change.
template <class Recipe>
auto recipe_adder(std::vector<Recipe>& to) {
    return [&to](const char* name, auto&& change) {
        Recipe recipe;
        recipe.name = name;
        change(recipe);
        to.push_back(recipe);
    };
}

/// The description of a random model. The defaults give the plainest one.
struct ModelRecipe {
    std::string name = "plain";
    int n_types = 2;
    double cutoff = 4.0, cutoff_smooth = 0.5;
    bool single_precision_cutoff = false;
    double env_protection = 0;
    std::vector<int> sel;  ///< empty: 80 per type
    bool one_side = true;
    std::vector<int> embedding = {4, 8, 8};
    int axis = 4;
    std::vector<int> fitting = {10, 10};
    Activation activation = Activation::tanh;
    double silut_threshold = 3;
    bool skips = true;       ///< wherever the widths allow one
    bool timesteps = false;  ///< in every hidden layer
    bool biases = true;
    bool tables = false;  ///< instead of nets; range [-0.25, 1.5) fine, [1.5, 3) coarse
    bool linear_extrapolation = false;
    std::vector<std::pair<int, int>> exclude_types;
    ExcludedSlots excluded_slots = ExcludedSlots::drop;
    SlotOrder slot_order = SlotOrder::by_type;
    std::vector<std::pair<int, int>> missing_networks;  ///< [centre][neighbour] without a net
    std::vector<std::pair<int, int>> pair_exclude_types;
    std::vector<int> atom_exclude_types;
    int n_fparam = 0, n_aparam = 0, n_case = 0;
    bool subtract_vacuum = false;
    bool zero_shift = false;   ///< davg = 0
    double fitting_scale = 5;  ///< of the last fitting layer; makes forces large
};

/// Frame and atomic parameters, a case embedding, and energies without that of the vacuum.
inline void take_parameters(ModelRecipe& recipe) {
    recipe.n_fparam = 2;
    recipe.n_aparam = 1;
    recipe.n_case = 2;
    recipe.subtract_vacuum = true;
}

inline Layer random_layer(Random& random, int n_in, int n_out, const ModelRecipe& recipe) {
    Layer layer;
    layer.n_in = n_in;
    layer.n_out = n_out;
    layer.activation = recipe.activation;
    layer.silut_threshold = recipe.silut_threshold;
    if (recipe.skips && n_out == n_in) layer.skip = Skip::identity;
    else if (recipe.skips && n_out == 2 * n_in) layer.skip = Skip::twice;
    const double width = 1.2 / std::sqrt(double(n_in));
    layer.weight = random.uniforms(std::size_t(n_in) * std::size_t(n_out), -width, width);
    if (recipe.biases) layer.bias = random.uniforms(std::size_t(n_out), -0.5, 0.5);
    if (recipe.timesteps) layer.timestep = random.uniforms(std::size_t(n_out), 0.5, 1.5);
    return layer;
}

inline Table random_table(Random& random, int n_channels, bool linear) {
    Table table{-0.25, -0.25, 1.5, 3.0, 0.125, 0.25, linear, 14 + 6, n_channels, {}};
    for (int row = 0; row < table.n_rows; ++row)
        for (int channel = 0; channel < n_channels; ++channel)
            for (int power = 0; power < 6; ++power) table.coefficients.push_back(random.uniform(-1, 1) / (1 + power));
    return table;
}

inline ModelData random_model(const ModelRecipe& recipe, std::uint64_t seed) {
    Random random(seed);
    const auto n_types = std::size_t(recipe.n_types);
    ModelData model;
    for (std::size_t t = 0; t < n_types; ++t) model.type_map.push_back("T" + std::to_string(t));
    model.precision = "float64";
    LocalModel& local = model.kind.emplace<LocalModel>();
    NetTerm& term = local.terms.emplace_back();
    term.pair_exclude_types = recipe.pair_exclude_types;
    term.atom_exclude_types = recipe.atom_exclude_types;
    SeA& se_a = std::get<SeA>(term.descriptors.emplace_back(SeA{}));
    Environment& environment = se_a.environment;
    environment.cutoff = recipe.cutoff;
    environment.cutoff_smooth = recipe.cutoff_smooth;
    environment.single_precision_cutoff = recipe.single_precision_cutoff;
    environment.protection = recipe.env_protection;
    environment.sel = recipe.sel.empty() ? std::vector<int>(n_types, 80) : recipe.sel;
    for (const int sel : environment.sel) environment.normalization += sel;
    environment.normalization = environment.normalization / 8 + 1;  // the real N would drown few neighbours in padding
    se_a.axis_neuron = recipe.axis;
    se_a.embedding.type_one_side = recipe.one_side;
    environment.exclude_types = recipe.exclude_types;
    environment.excluded_slots = recipe.excluded_slots;
    environment.slot_order = recipe.slot_order;
    const std::size_t n_rows = recipe.one_side ? 1 : n_types;
    for (std::size_t i = 0; i < n_rows; ++i) {
        auto& row = se_a.embedding.nets.emplace_back();
        for (std::size_t j = 0; j < n_types; ++j) {
            auto& network = row.emplace_back(Network{});
            if (recipe.tables)
                network->table = random_table(random, recipe.embedding.back(), recipe.linear_extrapolation);
            int width = 1;
            for (const int next : recipe.tables ? std::vector<int>{} : recipe.embedding) {
                network->layers.push_back(random_layer(random, width, next, recipe));
                width = next;
            }
        }
    }
    for (const auto& [i, j] : recipe.missing_networks) se_a.embedding.nets[std::size_t(i)][std::size_t(j)].reset();
    for (std::size_t t = 0; t < n_types; ++t) {
        environment.shift.insert(environment.shift.end(),
                                 {recipe.zero_shift ? 0.0 : random.uniform(0.01, 0.05), 0, 0, 0});
        const double angular = random.uniform(0.2, 0.4);
        environment.scale.insert(environment.scale.end(), {random.uniform(0.3, 0.5), angular, angular, angular});
    }

    Fitting& fitting = term.fitting;
    fitting.n_fparam = recipe.n_fparam;
    fitting.n_aparam = recipe.n_aparam;
    fitting.fparam_shift = random.uniforms(std::size_t(recipe.n_fparam), -1, 1);
    fitting.fparam_scale = random.uniforms(std::size_t(recipe.n_fparam), 0.5, 2);
    fitting.aparam_shift = random.uniforms(std::size_t(recipe.n_aparam), -1, 1);
    fitting.aparam_scale = random.uniforms(std::size_t(recipe.n_aparam), 0.5, 2);
    fitting.case_embedding = random.uniforms(std::size_t(recipe.n_case), -1, 1);
    for (std::size_t t = 0; t < n_types; ++t) {
        Network& network = fitting.networks.emplace_back();
        int width = recipe.embedding.back() * recipe.axis + recipe.n_fparam + recipe.n_aparam + recipe.n_case;
        for (const int next : recipe.fitting) {
            network.layers.push_back(random_layer(random, width, next, recipe));
            width = next;
        }
        ModelRecipe last = recipe;
        last.activation = Activation::linear;
        last.skips = last.timesteps = false;
        network.layers.push_back(random_layer(random, width, 1, last));
        for (double& w : network.layers.back().weight) w *= recipe.fitting_scale;
        fitting.energy_shift.push_back(random.uniform(-5, 5));
        fitting.subtract_vacuum.push_back(recipe.subtract_vacuum);
    }
    return model;
}

}  // namespace dpmd::testing
