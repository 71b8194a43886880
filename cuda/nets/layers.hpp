#pragma once
// Network layers over blocks of rows on the device: the product together with bias, activation and its slope, time step
// and skip connection; and the backward pass. The counterpart of cpp/src/cpu/tile/layer.hpp.
#include "nets/device_network.hpp"
#include "nets/gemm_tuner.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Rows of a launch. If only the device knows their number, `range` points to [first, last) in device memory and `most`
/// is an upper bound of last - first.
struct RowRange {
    std::int64_t most = 0;
    const std::int32_t* range = nullptr;  ///< null: [0, most)
};

/// y [row][out_stride], and the slope that the backward pass needs, from x [row][x_stride]. Where a layer has several
/// inputs, rows of x begin at multiples of row_multiple values.
template <class Real>
void layer_forward(GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* x, int x_stride, Real* y,
                   Real* slope);

/// dx [row][in_stride] from dy [row][out_stride]. The contents of `slope` are overwritten.
template <class Real>
void layer_backward(GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* dy, Real* slope,
                    Real* dx);

/// The same on units of the caller's choice, which must have such products; the library needs a known number of rows.
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
