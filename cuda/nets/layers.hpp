#pragma once
// Network layers over blocks of rows on the device: the product, and with it bias, activation and its slope, time step
// and skip connection; and the same backwards. The twin of cpp/src/cpu/tile/layer.hpp.
#include "nets/device_network.hpp"
#include "nets/gemm_tuner.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Rows of a launch. How many there are may be known to the device only: then `range` points to [first, last) in device
/// memory and `most` bounds last - first.
struct RowRange {
    std::int64_t most = 0;
    const std::int32_t* range = nullptr;  ///< null: [0, most)
};

/// y [row][out_stride] and slope, what backward needs, from x [row][x_stride]. Where a layer has several inputs, rows
/// of x begin at multiples of row_multiple values.
template <class Real>
void layer_forward(GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* x, int x_stride, Real* y,
                   Real* slope);

/// dx [row][in_stride] from dy [row][out_stride]. What is in `slope` is lost.
template <class Real>
void layer_backward(GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* dy, Real* slope,
                    Real* dx);

/// The same on units of the caller's choice, which must have such products; the library must know the rows.
template <class Real>
void layer_forward_on(GemmUnits units, GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* x,
                      int x_stride, Real* y, Real* slope);
template <class Real>
void layer_backward_on(GemmUnits units, GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* dy,
                       Real* slope, Real* dx);

/// dx [row] of a layer with one input.
template <class Real>
void layer_backward_to_scalar(Queue& queue, const LayerView<Real>& layer, RowRange rows, const Real* dy,
                              const Real* slope, Real* dx);

/// y [row][stride] from x [row], from a trained table; and dx [row] from dy [row][stride].
template <class Real>
void table_forward(Queue& queue, const TableView<Real>& table, RowRange rows, const Real* x, Real* y);
template <class Real>
void table_backward(Queue& queue, const TableView<Real>& table, RowRange rows, const Real* x, const Real* dy, Real* dx);

}  // namespace dpmd::gpu
