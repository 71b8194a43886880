// Layers: the choice of units, the kernels around the product of a library, and layers with one input.
#include "nets/gpu_blas.hpp"
#include "nets/layer_product.hpp"

namespace dpmd::gpu {
namespace {

/// Finds the row and first column of the four values of an item.
template <class Product>
GPU_DEVICE bool find_four(Product& product, int width, int& row, int& column) {
    std::int64_t first, count;
    find_rows(product.rows, first, count);
    const std::int64_t fours = width / 4;
    row = static_cast<int>(item() / fours);
    column = static_cast<int>(item() % fours) * 4;
    product.begin_at(first);
    return row < count;
}

/// A layer with one input, which has no sums.
template <class Real>
GPU_KERNEL forward_from_scalar_kernel(ForwardProduct<Real> product) {
    int row, column;
    if (!find_four(product, product.width(), row, column)) return;
    Four<Real> x{};
    x.v[0] = product.x[std::int64_t(row) * product.x_stride];
    x = product.rounded(x);
    Four<Real> sums = product.b(0, column);
    GPU_UNROLL for (int c = 0; c < 4; ++c) sums.v[c] *= x.v[0];
    product.finish(row, column, sums);
}

template <class Real>
GPU_KERNEL backward_to_scalar_kernel(BackwardProduct<Real> product) {
    const LayerView<Real>& layer = product.layer;
    std::int64_t first, count;
    find_rows(product.rows, first, count);
    const std::int64_t row = item();
    if (row >= count) return;
    const Real* dy = product.dy + (first + row) * layer.out_stride;
    const Real* slope = product.slope + (first + row) * layer.out_stride;
    Real sum(0);
    for (int c = 0; c < layer.n_out; ++c) sum += dy[c] * slope[c] * layer.weight[c];
    if (layer.skip != Skip::none) sum += dy[0];
    if (layer.skip == Skip::twice) sum += dy[1];
    product.dx[first + row] = sum;
}

// The kernels around the product of a library, which can do nothing else.

/// Finishes y, which holds the sums.
template <class Real>
GPU_KERNEL finish_forward_kernel(ForwardProduct<Real> product) {
    int row, column;
    if (!find_four(product, product.width(), row, column)) return;
    product.finish(row, column, four_at(product.y + std::int64_t(row) * product.layer.out_stride + column));
}

/// Replaces slope by dy * slope.
template <class Real>
GPU_KERNEL begin_backward_kernel(BackwardProduct<Real> product, Real* slope) {
    int row, column;
    if (!find_four(product, product.layer.out_stride, row, column)) return;
    put_four(slope + std::int64_t(row) * product.layer.out_stride + column,
             column < product.depth() ? product.a(row, column) : Four<Real>{});
}

/// Puts the gradient of the skip connection into dx.
template <class Real>
GPU_KERNEL skip_backward_kernel(BackwardProduct<Real> product) {
    int row, column;
    if (!find_four(product, product.width(), row, column)) return;
    put_four(product.dx + std::int64_t(row) * product.layer.in_stride + column, product.skipped(row, column));
}

template <class Real>
BlasMath math_of(const LayerView<Real>& layer) {
    return layer.operands == Operands::tf32 ? BlasMath::tf32 : BlasMath::plain;
}

template <class Real>
void forward_by_library(GemmTuner& gemm, const ForwardProduct<Real>& product) {
    const LayerView<Real>& layer = product.layer;
    const int n_rows = static_cast<int>(product.rows.most);
    gemm.library().multiply(BlasProduct<Real>{.rows = n_rows,
                                              .columns = layer.out_stride,
                                              .depth = layer.n_in,
                                              .a = {product.x, product.x_stride},
                                              .b = {layer.weight, layer.out_stride},
                                              .c = product.y,
                                              .c_stride = layer.out_stride,
                                              .math = math_of(layer)});
    gemm.queue().for_each("finish_forward", std::int64_t(n_rows) * layer.out_stride / 4, &finish_forward_kernel<Real>,
                          product);
}

template <class Real>
void backward_by_library(GemmTuner& gemm, const BackwardProduct<Real>& product, Real* slope) {
    const LayerView<Real>& layer = product.layer;
    const int n_rows = static_cast<int>(product.rows.most);
    const bool has_skip = layer.skip != Skip::none;
    gemm.queue().for_each("begin_backward", std::int64_t(n_rows) * layer.out_stride / 4, &begin_backward_kernel<Real>,
                          product, slope);
    if (has_skip)
        gemm.queue().for_each("skip_backward", std::int64_t(n_rows) * layer.in_stride / 4, &skip_backward_kernel<Real>,
                              product);
    gemm.library().multiply(BlasProduct<Real>{.rows = n_rows,
                                              .columns = layer.in_stride,
                                              .depth = layer.n_out,
                                              .a = {slope, layer.out_stride},
                                              .b = {layer.backward, layer.in_stride},
                                              .c = product.dx,
                                              .c_stride = layer.in_stride,
                                              .adds = has_skip,
                                              .math = math_of(layer)});
}

}  // namespace

template <class Real>
void layer_forward_on(GemmUnits units, GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* x,
                      int x_stride, Real* y, Real* slope) {
    if (rows.most == 0) return;
    const ForwardProduct<Real> product{layer, rows, x, x_stride, y, slope};
    if (layer.n_in == 1)
        return gemm.queue().for_each("forward_from_scalar", rows.most * layer.out_stride / 4,
                                     &forward_from_scalar_kernel<Real>, product);
    switch (units) {
        case GemmUnits::plain: return launch_on_plain_units(gemm.queue(), product);
        case GemmUnits::matrix: return launch_on_matrix_units(gemm.queue(), product);
        case GemmUnits::library: return forward_by_library(gemm, product);
    }
}

template <class Real>
void layer_backward_on(GemmUnits units, GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* dy,
                       Real* slope, Real* dx) {
    if (rows.most == 0) return;
    const BackwardProduct<Real> product{layer, rows, dy, slope, dx};
    switch (units) {
        case GemmUnits::plain: return launch_on_plain_units(gemm.queue(), product);
        case GemmUnits::matrix: return launch_on_matrix_units(gemm.queue(), product);
        case GemmUnits::library: return backward_by_library(gemm, product, slope);
    }
}

/// The tuner measures with many rows; with fewer than these, what a call of the library costs counts more than its
/// rate.
constexpr std::int64_t fewest_library_rows = 2048;

/// Whether the library may multiply: it also needs to know the rows.
bool may_use_library(const RowRange& rows) { return rows.range == nullptr && rows.most >= fewest_library_rows; }

template <class Real>
void layer_forward(GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* x, int x_stride, Real* y,
                   Real* slope) {
    const GemmUnits units = gemm.units(GemmDirection::forward, layer, may_use_library(rows));
    layer_forward_on(units, gemm, layer, rows, x, x_stride, y, slope);
}

template <class Real>
void layer_backward(GemmTuner& gemm, const LayerView<Real>& layer, RowRange rows, const Real* dy, Real* slope,
                    Real* dx) {
    const GemmUnits units = gemm.units(GemmDirection::backward, layer, may_use_library(rows));
    layer_backward_on(units, gemm, layer, rows, dy, slope, dx);
}

template <class Real>
void layer_backward_to_scalar(Queue& queue, const LayerView<Real>& layer, RowRange rows, const Real* dy,
                              const Real* slope, Real* dx) {
    queue.for_each("layer_backward_to_scalar", rows.most, &backward_to_scalar_kernel<Real>,
                   BackwardProduct<Real>{layer, rows, dy, slope, dx});
}

#define DPMD_INSTANTIATE(Real)                                                                                       \
    template void layer_forward_on(GemmUnits, GemmTuner&, const LayerView<Real>&, RowRange, const Real*, int, Real*, \
                                   Real*);                                                                           \
    template void layer_backward_on(GemmUnits, GemmTuner&, const LayerView<Real>&, RowRange, const Real*, Real*,     \
                                    Real*);                                                                          \
    template void layer_forward(GemmTuner&, const LayerView<Real>&, RowRange, const Real*, int, Real*, Real*);       \
    template void layer_backward(GemmTuner&, const LayerView<Real>&, RowRange, const Real*, Real*, Real*);           \
    template void layer_backward_to_scalar(Queue&, const LayerView<Real>&, RowRange, const Real*, const Real*, Real*);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
