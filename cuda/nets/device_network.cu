#include "nets/device_network.hpp"

#include <algorithm>

#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {
namespace {

template <class Real>
std::vector<Real> padded_row(const std::vector<double>& values, int n, Real otherwise) {
    std::vector<Real> out(std::size_t(padded(n)), Real(0));
    for (int k = 0; k < n; ++k) out[std::size_t(k)] = values.empty() ? otherwise : Real(values[std::size_t(k)]);
    return out;
}

/// [rows][padded(columns)] of a row-major matrix or of its transpose.
template <class Real>
std::vector<Real> padded_matrix(const std::vector<double>& matrix, int n_in, int n_out, bool transposed,
                                Operands operands) {
    const int rows = transposed ? n_out : n_in, columns = transposed ? n_in : n_out, stride = padded(columns);
    std::vector<Real> out(std::size_t(rows) * std::size_t(stride), Real(0));
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) {
            const int i = transposed ? c : r, k = transposed ? r : c;
            Real value = static_cast<Real>(matrix[std::size_t(i) * std::size_t(n_out) + std::size_t(k)]);
            if constexpr (sizeof(Real) == 4) {
                if (operands == Operands::bfloat16) value = round_to_bfloat16(value);
                if (operands == Operands::tf32) value = round_to_tf32(value);
            }
            out[std::size_t(r) * std::size_t(stride) + std::size_t(c)] = value;
        }
    return out;
}

}  // namespace

template <class Real>
const Real* DeviceNetwork<Real>::upload(const std::vector<Real>& values) {
    Array<Real>& array = arrays_.emplace_back(*memory_);
    array.copy_in(values);
    return array.data();
}

template <class Real>
DeviceNetwork<Real>::DeviceNetwork(const Network& network, OperandRange range, Memory& memory)
    : memory_(&memory), n_in_(network.n_in()), n_out_(network.n_out()), widest_(padded(network.n_out())) {
    if (network.table) {
        const Table& from = *network.table;
        const int stride = padded(from.n_channels);
        std::vector<Real> coefficients(std::size_t(from.n_rows) * std::size_t(stride) * 6, Real(0));
        for (std::size_t row = 0; row < std::size_t(from.n_rows); ++row)
            for (std::size_t k = 0; k < 6 * std::size_t(from.n_channels); ++k)
                coefficients[row * std::size_t(stride) * 6 + k] =
                    static_cast<Real>(from.coefficients[row * std::size_t(from.n_channels) * 6 + k]);
        table_ = TableView<Real>{from.grid(), stride, upload(coefficients)};
    }
    for (const Layer& from : network.layers) {
        const int l = static_cast<int>(layers_.size());
        LayerView<Real> layer;
        layer.n_in = from.n_in;
        layer.n_out = from.n_out;
        layer.in_stride = padded(from.n_in);
        layer.out_stride = padded(from.n_out);
        layer.activation = from.activation;
        layer.silut_threshold = static_cast<Real>(from.silut_threshold);
        layer.skip = from.skip;
        layer.operands = l >= range.first && l < range.last ? range.operands : Operands::plain;
        layer.weight = upload(padded_matrix<Real>(from.weight, from.n_in, from.n_out, false, layer.operands));
        layer.backward = upload(padded_matrix<Real>(from.weight, from.n_in, from.n_out, true, layer.operands));
        layer.bias = upload(padded_row<Real>(from.bias, from.n_out, Real(0)));
        layer.timestep = upload(padded_row<Real>(from.timestep, from.n_out, Real(1)));
        widest_ = std::max({widest_, layer.in_stride, layer.out_stride});
        layers_.push_back(layer);
    }
}

template class DeviceNetwork<double>;
template class DeviceNetwork<float>;

}  // namespace dpmd::gpu
