#include "layers.hpp"

#include <algorithm>

#include "kernels/gemm.hpp"
#include "math/activation.hpp"

namespace dpmd::gpu {
namespace {

/// First row and number of rows of a launch, on the device.
GPU_DEVICE void find_rows(const RowRange& rows, std::int64_t& first, std::int64_t& count) {
    first = rows.range != nullptr ? rows.range[0] : 0;
    count = rows.range != nullptr ? rows.range[1] - rows.range[0] : rows.most;
}

template <class Real>
GPU_DEVICE Real operand(Real value, bool in_half) {
    if constexpr (sizeof(Real) == 4)
        if (in_half) return round_to_bfloat16(value);
    return value;
}

template <class Real>
struct ForwardArgs {
    LayerView<Real> layer;
    RowRange rows;
    const Real* x;
    int x_stride;
    Real *y, *slope;
};

template <class Real, class Shape>
GPU_KERNEL GPU_BOUNDS(Shape::threads, 1) layer_forward_kernel(ForwardArgs<Real> args) {
    const LayerView<Real>& layer = args.layer;
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const int first_row = block_index() * Shape::rows;
    if (first_row >= count) return;
    const Real* x = args.x + first * args.x_stride;
    const auto a = [&](int row, int k) {
        return row < count && k < layer.n_in ? operand(x[std::int64_t(row) * args.x_stride + k], layer.in_half)
                                             : Real(0);
    };
    const auto b = [&](int k, int column) {
        return k < layer.n_in && column < layer.n_out ? layer.weight[k * layer.out_stride + column] : Real(0);
    };
    const auto finish = [&](int row, int column, Real sum) {
        if (row >= count || column >= layer.out_stride) return;
        const std::int64_t at = (first + row) * layer.out_stride + column;
        if (column >= layer.n_out) {
            args.y[at] = args.slope[at] = Real(0);
            return;
        }
        const ValueSlope<Real> f =
            activation_of<Real>(layer.activation, sum + layer.bias[column], layer.silut_threshold);
        Real y = f.value * layer.timestep[column];
        const Real* x_row = x + std::int64_t(row) * args.x_stride;
        if (layer.skip == Skip::identity) y += x_row[column];
        if (layer.skip == Skip::twice) y += x_row[column < layer.n_in ? column : column - layer.n_in];
        args.y[at] = y;
        args.slope[at] = f.slope * layer.timestep[column];
    };
    multiply_tile<Real, Shape>(first_row, block_index_y() * Shape::columns, layer.n_in, a, b, finish);
}

template <class Real>
struct BackwardArgs {
    LayerView<Real> layer;
    RowRange rows;
    const Real *dy, *slope;
    Real* dx;
};

template <class Real, class Shape>
GPU_KERNEL GPU_BOUNDS(Shape::threads, 1) layer_backward_kernel(BackwardArgs<Real> args) {
    const LayerView<Real>& layer = args.layer;
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const int first_row = block_index() * Shape::rows;
    if (first_row >= count) return;
    const Real* dy = args.dy + first * layer.out_stride;
    const Real* slope = args.slope + first * layer.out_stride;
    const auto a = [&](int row, int k) {
        const std::int64_t at = std::int64_t(row) * layer.out_stride + k;
        return row < count && k < layer.n_out ? operand(dy[at] * slope[at], layer.in_half) : Real(0);
    };
    const auto b = [&](int k, int column) {
        return k < layer.n_out && column < layer.n_in ? layer.backward[k * layer.in_stride + column] : Real(0);
    };
    const auto finish = [&](int row, int column, Real sum) {
        if (row >= count || column >= layer.in_stride) return;
        const Real* dy_row = dy + std::int64_t(row) * layer.out_stride;
        if (column < layer.n_in && layer.skip != Skip::none) sum += dy_row[column];
        if (column < layer.n_in && layer.skip == Skip::twice) sum += dy_row[layer.n_in + column];
        args.dx[(first + row) * layer.in_stride + column] = column < layer.n_in ? sum : Real(0);
    };
    multiply_tile<Real, Shape>(first_row, block_index_y() * Shape::columns, layer.n_out, a, b, finish);
}

/// Blocks of the grid for rows x columns of C.
template <class Shape>
Grid grid_of(std::int64_t rows, int columns) {
    return {static_cast<unsigned>((rows + Shape::rows - 1) / Shape::rows),
            static_cast<unsigned>((columns + Shape::columns - 1) / Shape::columns)};
}

/// launch_with(shape) with the shape of tiles that keeps the device busy.
template <class F>
void with_shape(const Queue& queue, std::int64_t rows, int columns, F&& launch_with) {
    const Grid large = grid_of<LargeTile>(rows, columns);
    if (std::int64_t(large.x) * large.y >= queue.properties().multiprocessors) launch_with(LargeTile{});
    else launch_with(SmallTile{});
}

template <class Real>
GPU_KERNEL backward_to_scalar_kernel(BackwardArgs<Real> args) {
    const LayerView<Real>& layer = args.layer;
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const std::int64_t row = item();
    if (row >= count) return;
    const Real* dy = args.dy + (first + row) * layer.out_stride;
    const Real* slope = args.slope + (first + row) * layer.out_stride;
    Real sum(0);
    for (int c = 0; c < layer.n_out; ++c) sum += dy[c] * slope[c] * layer.weight[c];
    if (layer.skip != Skip::none) sum += dy[0];
    if (layer.skip == Skip::twice) sum += dy[1];
    args.dx[first + row] = sum;
}

template <class Real>
struct TableArgs {
    TableView<Real> table;
    RowRange rows;
    const Real* x;
    const Real* dy;
    Real* out;
};

/// Value and derivative of one channel.
template <class Real>
GPU_DEVICE ValueSlope<Real> table_channel(const TableView<Real>& table, const TablePlace& place, int channel) {
    const Real* a = table.coefficients + (std::int64_t(place.row) * table.stride + channel) * 6;
    ValueSlope<Real> f = quintic<Real, Real>(a, static_cast<Real>(place.argument));
    const auto beyond = static_cast<Real>(place.beyond);
    if (beyond != Real(0)) {
        if (table.grid.linear_extrapolation) f.value += f.slope * beyond;
        else f.slope = Real(0);
    }
    return f;
}

template <class Real>
GPU_KERNEL table_forward_kernel(TableArgs<Real> args) {
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const std::int64_t row = item() / args.table.stride;
    const int channel = static_cast<int>(item() % args.table.stride);
    if (row >= count) return;
    const TablePlace place = table_place(static_cast<double>(args.x[first + row]), args.table.grid);
    args.out[(first + row) * args.table.stride + channel] = table_channel(args.table, place, channel).value;
}

template <class Real>
GPU_KERNEL table_backward_kernel(TableArgs<Real> args) {
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const std::int64_t row = item();
    if (row >= count) return;
    const TablePlace place = table_place(static_cast<double>(args.x[first + row]), args.table.grid);
    const Real* dy = args.dy + (first + row) * args.table.stride;
    Real sum(0);
    for (int c = 0; c < args.table.stride; ++c) sum += table_channel(args.table, place, c).slope * dy[c];
    args.out[first + row] = sum;
}

}  // namespace

template <class Real>
void layer_forward(Queue& queue, const LayerView<Real>& layer, RowRange rows, const Real* x, int x_stride, Real* y,
                   Real* slope) {
    const ForwardArgs<Real> args{layer, rows, x, x_stride, y, slope};
    with_shape(queue, rows.most, layer.out_stride, [&](auto shape) {
        using Shape = decltype(shape);
        queue.launch("layer_forward", &layer_forward_kernel<Real, Shape>, grid_of<Shape>(rows.most, layer.out_stride),
                     Shape::threads, Shape::template shared_bytes<Real>(), args);
    });
}

template <class Real>
void layer_backward(Queue& queue, const LayerView<Real>& layer, RowRange rows, const Real* dy, const Real* slope,
                    Real* dx) {
    const BackwardArgs<Real> args{layer, rows, dy, slope, dx};
    with_shape(queue, rows.most, layer.in_stride, [&](auto shape) {
        using Shape = decltype(shape);
        queue.launch("layer_backward", &layer_backward_kernel<Real, Shape>, grid_of<Shape>(rows.most, layer.in_stride),
                     Shape::threads, Shape::template shared_bytes<Real>(), args);
    });
}

template <class Real>
void layer_backward_to_scalar(Queue& queue, const LayerView<Real>& layer, RowRange rows, const Real* dy,
                              const Real* slope, Real* dx) {
    queue.for_each("layer_backward_to_scalar", rows.most, &backward_to_scalar_kernel<Real>,
                   BackwardArgs<Real>{layer, rows, dy, slope, dx});
}

template <class Real>
void table_forward(Queue& queue, const TableView<Real>& table, RowRange rows, const Real* x, Real* y) {
    queue.for_each("table_forward", rows.most * table.stride, &table_forward_kernel<Real>,
                   TableArgs<Real>{table, rows, x, nullptr, y});
}

template <class Real>
void table_backward(Queue& queue, const TableView<Real>& table, RowRange rows, const Real* x, const Real* dy,
                    Real* dx) {
    queue.for_each("table_backward", rows.most, &table_backward_kernel<Real>,
                   TableArgs<Real>{table, rows, x, dy, dx});
}

#define DPMD_INSTANTIATE(Real)                                                                                       \
    template void layer_forward(Queue&, const LayerView<Real>&, RowRange, const Real*, int, Real*, Real*);           \
    template void layer_backward(Queue&, const LayerView<Real>&, RowRange, const Real*, const Real*, Real*);         \
    template void layer_backward_to_scalar(Queue&, const LayerView<Real>&, RowRange, const Real*, const Real*, Real*); \
    template void table_forward(Queue&, const TableView<Real>&, RowRange, const Real*, Real*);                       \
    template void table_backward(Queue&, const TableView<Real>&, RowRange, const Real*, const Real*, Real*);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
