#include "cpu/nets/packed_network.hpp"

#include <algorithm>
#include <cmath>

#include "math/bfloat16.hpp"

namespace dpmd::cpu {

template <class Real>
void PackedMatrix<Real>::pack(const double* matrix, int rows, int columns, bool transposed, const KernelShape& shape) {
    n_in = transposed ? columns : rows;
    n_out = transposed ? rows : columns;
    stride = round_up(n_out, shape.lanes);
    panels.resize_discard(std::size_t(n_in) * std::size_t(stride));
    panels.fill(Real(0));
    const int width = panel_vectors * shape.lanes;
    for (int first = 0; first < stride; first += width) {
        const int w = std::min(width, stride - first);
        Real* panel = panels.data() + std::size_t(first) * std::size_t(n_in);
        for (int k = 0; k < n_in; ++k)
            for (int c = 0; c < w && first + c < n_out; ++c) {
                const int row = transposed ? first + c : k, column = transposed ? k : first + c;
                panel[k * w + c] = static_cast<Real>(matrix[std::size_t(row) * std::size_t(columns) + column]);
            }
    }
}

namespace {

template <class Real>
void pack_row(Array<Real>& out, const std::vector<double>& values, int stride) {
    out.resize_discard(std::size_t(stride));
    out.fill(Real(0));
    std::transform(values.begin(), values.end(), out.begin(), [](double x) { return static_cast<Real>(x); });
}

template <class Real>
PackedLayer<Real> pack_layer(const Layer& layer, const KernelShape& shape, bool in_half, const HalfUnit* unit) {
    PackedLayer<Real> out;
    out.n_in = layer.n_in;
    out.n_out = layer.n_out;
    out.in_stride = round_up(layer.n_in, shape.lanes);
    out.out_stride = round_up(layer.n_out, shape.lanes);
    out.activation = layer.activation;
    out.silut_threshold = static_cast<Real>(layer.silut_threshold);
    out.skip = layer.skip;
    out.in_half = in_half;
    if (in_half && unit != nullptr) {
        out.half_unit = unit;
        out.forward_half.pack(layer.weight.data(), layer.n_in, layer.n_out, false);
        out.backward_half.pack(layer.weight.data(), layer.n_in, layer.n_out, true);
    } else {
        std::vector<double> weight = layer.weight;
        if (in_half)
            for (double& w : weight) w = double(round_to_bfloat16(static_cast<float>(w)));
        out.forward.pack(weight.data(), layer.n_in, layer.n_out, false, shape);
        out.backward.pack(weight.data(), layer.n_in, layer.n_out, true, shape);
    }
    pack_row(out.bias, layer.bias, out.out_stride);
    if (!layer.timestep.empty()) pack_row(out.timestep, layer.timestep, out.out_stride);
    if (layer.n_in == 1) pack_row(out.weight_column, layer.weight, out.out_stride);
    return out;
}

template <class Real>
PackedTable<Real> pack_table(const Table& table, const KernelShape& shape) {
    PackedTable<Real> out;
    out.grid = table.grid();
    out.stride = round_up(table.n_channels, shape.lanes);
    out.coefficients.resize_discard(std::size_t(table.n_rows) * 6 * std::size_t(out.stride));
    out.coefficients.fill(Real(0));
    for (int row = 0; row < table.n_rows; ++row)
        for (int channel = 0; channel < table.n_channels; ++channel)
            for (int power = 0; power < 6; ++power)
                out.coefficients[(std::size_t(row) * 6 + std::size_t(power)) * std::size_t(out.stride) +
                                 std::size_t(channel)] =
                    static_cast<Real>(
                        table.coefficients[(std::size_t(row) * std::size_t(table.n_channels) + std::size_t(channel)) *
                                               6 +
                                           std::size_t(power)]);
    return out;
}

}  // namespace

template <class Real>
PackedNetwork<Real>::PackedNetwork(const Network& network, const KernelShape& shape, const HalfLayers& half)
    : n_out(network.n_out()), out_stride(round_up(network.n_out(), shape.lanes)) {
    if (network.table) table = pack_table<Real>(*network.table, shape);
    widest = out_stride;
    for (const Layer& layer : network.layers) {
        const auto l = static_cast<int>(layers.size());
        layers.push_back(pack_layer<Real>(layer, shape, l >= half.first && l < half.last, half.unit));
        widest = std::max({widest, layers.back().in_stride, layers.back().out_stride});
    }
}

template <class Real>
MomentTable<Real>::MomentTable(const RadialTable& table, const KernelShape& shape)
    : grid(table.grid()), nearest(table.nearest) {
    const auto lanes = std::size_t(shape.lanes), n = std::size_t(table.n_functions);
    const std::size_t stride = std::size_t(round_up(table.n_functions, shape.lanes));
    coefficients.resize_discard(std::size_t(table.n_intervals) * stride * 6);
    coefficients.fill(Real(0));
    for (std::size_t i = 0; i < std::size_t(table.n_intervals); ++i)
        for (std::size_t c = 0; c < n; ++c)
            for (std::size_t power = 0; power < 6; ++power)
                coefficients[(i * stride + c / lanes * lanes) * 6 + power * lanes + c % lanes] =
                    static_cast<Real>(table.coefficients[(i * n + c) * 6 + power]);
}

template struct PackedNetwork<double>;
template struct PackedNetwork<float>;
template struct PackedMatrix<double>;
template struct PackedMatrix<float>;
template struct MomentTable<double>;
template struct MomentTable<float>;

}  // namespace dpmd::cpu
