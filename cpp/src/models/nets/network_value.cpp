#include "models/nets/network_value.hpp"

#include <algorithm>

#include "math/quintic_table.hpp"

namespace dpmd {

NetworkValue::NetworkValue(const Network& network) : network_(network) {
    int widest = std::max(network.n_in(), network.n_out());
    for (const Layer& layer : network.layers) widest = std::max(widest, layer.n_out);
    for (auto* row : {&value_, &slope_, &sum_, &slope_sum_}) row->resize(std::size_t(widest));
}

void NetworkValue::evaluate(double x, const std::vector<double>& others) {
    if (network_.table) return evaluate_table(x);
    value_[0] = x;
    slope_[0] = 1;
    std::copy(others.begin(), others.end(), value_.begin() + 1);
    std::fill_n(slope_.begin() + 1, others.size(), 0.0);
    beyond_thresholds_.clear();
    for (const Layer& layer : network_.layers) evaluate_layer(layer);
}

void NetworkValue::evaluate_layer(const Layer& layer) {
    const auto n_in = std::size_t(layer.n_in), n_out = std::size_t(layer.n_out);
    for (std::size_t o = 0; o < n_out; ++o) sum_[o] = layer.bias.empty() ? 0.0 : layer.bias[o];
    std::fill_n(slope_sum_.begin(), n_out, 0.0);
    for (std::size_t i = 0; i < n_in; ++i) {
        const double* weight = layer.weight.data() + i * n_out;
        const double value = value_[i], slope = slope_[i];
        for (std::size_t o = 0; o < n_out; ++o) {
            sum_[o] += value * weight[o];
            slope_sum_[o] += slope * weight[o];
        }
    }
    if (layer.activation == Activation::silut)
        for (std::size_t o = 0; o < n_out; ++o) beyond_thresholds_.push_back(sum_[o] >= layer.silut_threshold);
    for (std::size_t o = 0; o < n_out; ++o) {
        const ValueSlope<double> f = activation_of(layer.activation, sum_[o], layer.silut_threshold);
        const double timestep = layer.timestep.empty() ? 1.0 : layer.timestep[o];
        sum_[o] = f.value * timestep;
        slope_sum_[o] *= f.slope * timestep;
    }
    const int n_skips = layer.skip == Skip::none ? 0 : layer.skip == Skip::identity ? 1 : 2;
    for (std::size_t k = 0; k < std::size_t(n_skips); ++k)
        for (std::size_t i = 0; i < n_in; ++i) {
            sum_[k * n_in + i] += value_[i];
            slope_sum_[k * n_in + i] += slope_[i];
        }
    std::swap(value_, sum_);
    std::swap(slope_, slope_sum_);
}

void NetworkValue::evaluate_table(double x) {
    const Table& table = *network_.table;
    const TablePlace place = table_place(x, table.grid());
    const auto n = std::size_t(table.n_channels);
    const double* row = table.coefficients.data() + std::size_t(place.row) * n * 6;
    for (std::size_t channel = 0; channel < n; ++channel) {
        ValueSlope<double> f = quintic<double, double>(row + 6 * channel, place.argument);
        if (place.beyond != 0) {
            if (table.linear_extrapolation) f.value += f.slope * place.beyond;
            else f.slope = 0;
        }
        value_[channel] = f.value;
        slope_[channel] = f.slope;
    }
}

}  // namespace dpmd
