#pragma once
// Network weights in device memory, as the kernels read them: row-major, rows padded with zeros to whole strides, each
// matrix also transposed for the backward pass.
#include <optional>
#include <span>
#include <vector>

#include "core/array.hpp"
#include "models/nets/network.hpp"

namespace dpmd::gpu {

/// Rows begin at multiples of this many values, so that kernels may read four at a time.
inline constexpr int row_multiple = 8;
constexpr int padded(int n) { return (n + row_multiple - 1) / row_multiple * row_multiple; }

/// The format to which the operands of a layer's matrix products are rounded; plain: not rounded. tf32x3: each operand
/// is a sum of two tf32 numbers, which gives about single accuracy. Only nets in single precision round.
enum class Operands { plain, bfloat16, tf32, tf32x3 };

/// A layer for use in kernels: y = activation(x w + b) * timestep + skip(x).
template <class Real>
struct LayerView {
    int n_in = 0, n_out = 0;
    int in_stride = 0, out_stride = 0;  ///< strides of the rows of x and y
    Activation activation = Activation::linear;
    Real silut_threshold = 3;
    Skip skip = Skip::none;
    Operands operands = Operands::plain;  ///< the weights are already rounded
    const Real* weight = nullptr;         ///< [n_in][out_stride]
    const Real* backward = nullptr;       ///< [n_out][in_stride] its transpose
    const Real* bias = nullptr;           ///< [out_stride], zeros where there is none
    const Real* timestep = nullptr;       ///< [out_stride], ones where there is none
};

/// A table of DeePMD-kit that replaces an embedding net.
template <class Real>
struct TableView {
    TableGrid grid{};
    int stride = 0;                      ///< channels of a row, padded
    const Real* coefficients = nullptr;  ///< [n_rows][stride][6]
};

/// Layers [first, last) round their operands, the others do not.
struct OperandRange {
    Operands operands = Operands::plain;
    int first = 0, last = 0;
};

template <class Real>
class DeviceNetwork {
public:
    DeviceNetwork(const Network& network, OperandRange range, Memory& memory);

    const std::vector<LayerView<Real>>& layers() const { return layers_; }
    const std::optional<TableView<Real>>& table() const { return table_; }
    int n_in() const { return n_in_; }
    int n_out() const { return n_out_; }
    int in_stride() const { return padded(n_in_); }
    int out_stride() const { return padded(n_out_); }
    /// The width of the widest input or output.
    int widest() const { return widest_; }
    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const Array<Real>& array : arrays_) sum += array.bytes();
        return sum;
    }

private:
    const Real* upload(const std::vector<Real>& values);

    Memory* memory_;
    std::vector<Array<Real>> arrays_;
    std::vector<LayerView<Real>> layers_;
    std::optional<TableView<Real>> table_;
    int n_in_ = 0, n_out_ = 0, widest_ = 0;
};

}  // namespace dpmd::gpu
