#include "models/local/se_atten_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/nets/network_value.hpp"

namespace dpmd {
namespace {

/// What a row that attends to nothing, and to which nothing attends, becomes: LN(g + b) layer by layer.
void pass_alone(const std::vector<AttentionLayer>& layers, std::vector<double>& g) {
    const auto n = double(g.size());
    for (const AttentionLayer& layer : layers) {
        double mean = 0, square = 0;
        for (std::size_t c = 0; c < g.size(); ++c) mean += (g[c] += layer.out_bias[c]) / n;
        for (const double x : g) square += (x - mean) * (x - mean) / n;
        const double inverse = 1 / std::sqrt(square + layer.norm_epsilon);
        for (std::size_t c = 0; c < g.size(); ++c)
            g[c] = (g[c] - mean) * inverse * layer.norm_scale[c] + layer.norm_shift[c];
    }
}

/// G of a row with this radial component where the switch is 0, after all layers of attention.
std::vector<double> value_of_row(const SeAtten& model, double row, int center, int neighbor) {
    const bool is_strip = model.type_input == SeAtten::TypeInput::strip;
    NetworkValue net(model.network);
    if (is_strip) net.evaluate(row);
    else net.evaluate(row, type_inputs(model, neighbor, center));
    std::vector<double> out(net.value(), net.value() + model.n_channels());
    if (is_strip && !model.smooth) {
        const std::vector<double> t = type_factors(model, neighbor, center);
        for (std::size_t c = 0; c < out.size(); ++c) out[c] *= 1 + t[c];
    }
    pass_alone(model.attention, out);
    return out;
}

std::vector<double> times(double factor, std::vector<double> values) {
    for (double& value : values) value *= factor;
    return values;
}

}  // namespace

Network linear_layer(const std::vector<double>& weight, const std::vector<double>& bias, int n_in, int n_groups, int n,
                     int group_stride) {
    Layer layer;
    layer.n_in = n_in;
    layer.n_out = n_groups * group_stride;
    layer.weight.assign(std::size_t(n_in) * std::size_t(layer.n_out), 0.0);
    layer.bias.assign(std::size_t(layer.n_out), 0.0);
    for (int group = 0; group < n_groups; ++group)
        for (int c = 0; c < n; ++c) {
            const auto from = std::size_t(group * n + c), to = std::size_t(group * group_stride + c);
            layer.bias[to] = bias[from];
            for (std::size_t k = 0; k < std::size_t(n_in); ++k)
                layer.weight[k * std::size_t(layer.n_out) + to] = weight[k * std::size_t(n_groups * n) + from];
        }
    Network out;
    out.layers.push_back(std::move(layer));
    return out;
}

int n_empty_slots(const SeAtten& model) {
    const std::vector<double>& shift = model.environment.shift;
    const bool is_any = std::any_of(shift.begin(), shift.end(), [](double x) { return x != 0; });
    if (!is_any || model.empty_slots == SeAtten::EmptySlots::none) return 0;
    const bool depends = model.has_slots_by_type() || model.empty_slots == SeAtten::EmptySlots::first_atom;
    return depends ? model.n_types() : 1;
}

std::vector<double> empty_slot(const SeAtten& model, int center, int kind) {
    const Environment& environment = model.environment;
    if (model.has_slots_by_type() && !section_rule(environment, true, {}, center, kind).has_padding)
        return std::vector<double>(std::size_t(model.n_channels()), 0.0);
    const int type = model.empty_slots == SeAtten::EmptySlots::padding ? model.n_types() : kind;
    const double row = -environment.shift_of(center) / environment.scale_of(center);
    return times(row, value_of_row(model, row, center, type));
}

bool has_excluded_rows(const SeAtten& model) {
    return model.excluded_rows == SeAtten::ExcludedRows::shift && !model.environment.exclude_types.empty();
}

std::vector<double> excluded_row(const SeAtten& model, int center, int neighbor) {
    if (!holds_pair(model.environment.exclude_types, center, neighbor))
        return std::vector<double>(std::size_t(model.n_channels()), 0.0);
    const double row = model.environment.shift_of(center);
    return times(row, value_of_row(model, row, center, neighbor));
}

}  // namespace dpmd
