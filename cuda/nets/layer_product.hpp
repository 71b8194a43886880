#pragma once
// A layer as a matrix product: the source of its operands, and what happens to the sums.
#include "math/activation.hpp"
#include "nets/gemm.hpp"
#include "nets/layers.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {

/// First row and number of rows of a launch, on the device.
GPU_DEVICE void find_rows(const RowRange& rows, std::int64_t& first, std::int64_t& count) {
    first = rows.range != nullptr ? rows.range[0] : 0;
    count = rows.range != nullptr ? rows.range[1] - rows.range[0] : rows.most;
}

/// Rounds an operand so that plain units give the same products as matrix units.
template <class Real>
GPU_DEVICE Four<Real> round_operands(Four<Real> values, Operands operands) {
    if constexpr (sizeof(Real) == 4) {
        GPU_UNROLL for (int c = 0; c < 4; ++c) {
            if (operands == Operands::bfloat16) values.v[c] = round_to_bfloat16(values.v[c]);
            if (operands == Operands::tf32) values.v[c] = round_to_tf32(values.v[c]);
        }
    }
    return values;
}

/// y = activation(x w + b) * timestep + skip(x), and the slope of y before the skip.
template <class Real>
struct ForwardProduct {
    using Number = Real;
    LayerView<Real> layer;
    RowRange rows;
    const Real* x;
    int x_stride;
    Real *y, *slope;

    /// Moves to the rows from `first` on.
    GPU_DEVICE void begin_at(std::int64_t first) {
        x += first * x_stride;
        y += first * layer.out_stride;
        slope += first * layer.out_stride;
    }
    DPMD_HD int depth() const { return layer.n_in; }
    DPMD_HD int width() const { return layer.out_stride; }
    GPU_DEVICE Four<Real> rounded(const Four<Real>& values) const { return round_operands(values, layer.operands); }
    GPU_DEVICE Four<Real> a(int row, int k) const {
        Four<Real> out = four_at(x + std::int64_t(row) * x_stride + k);
        GPU_UNROLL for (int c = 1; c < 4; ++c) out.v[c] = k + c < layer.n_in ? out.v[c] : Real(0);
        return out;
    }
    GPU_DEVICE Four<Real> b(int k, int column) const { return four_at(layer.weight + k * layer.out_stride + column); }
    GPU_DEVICE void finish(int row, int column, const Four<Real>& sums) const {
        const Four<Real> bias = four_at(layer.bias + column), timestep = four_at(layer.timestep + column);
        const Real* x_row = x + std::int64_t(row) * x_stride;
        Four<Real> y_four{}, slope_four{};
        GPU_UNROLL for (int c = 0; c < 4; ++c) {
            const int at = column + c;
            if (at >= layer.n_out) continue;
            const ValueSlope<Real> f =
                activation_of<Real>(layer.activation, sums.v[c] + bias.v[c], layer.silut_threshold);
            y_four.v[c] = f.value * timestep.v[c];
            slope_four.v[c] = f.slope * timestep.v[c];
            if (layer.skip == Skip::identity) y_four.v[c] += x_row[at];
            if (layer.skip == Skip::twice) y_four.v[c] += x_row[at < layer.n_in ? at : at - layer.n_in];
        }
        put_four(y + std::int64_t(row) * layer.out_stride + column, y_four);
        put_four(slope + std::int64_t(row) * layer.out_stride + column, slope_four);
    }
};

/// dx = (dy * slope) w^T + skip^T(dy).
template <class Real>
struct BackwardProduct {
    using Number = Real;
    LayerView<Real> layer;
    RowRange rows;
    const Real *dy, *slope;
    Real* dx;

    GPU_DEVICE void begin_at(std::int64_t first) {
        dy += first * layer.out_stride;
        slope += first * layer.out_stride;
        dx += first * layer.in_stride;
    }
    DPMD_HD int depth() const { return layer.n_out; }
    DPMD_HD int width() const { return layer.in_stride; }
    GPU_DEVICE Four<Real> rounded(const Four<Real>& values) const { return round_operands(values, layer.operands); }
    GPU_DEVICE Four<Real> a(int row, int k) const {
        const std::int64_t at = std::int64_t(row) * layer.out_stride + k;
        const Four<Real> left = four_at(dy + at), right = four_at(slope + at);
        Four<Real> out;
        GPU_UNROLL for (int c = 0; c < 4; ++c) out.v[c] = k + c < layer.n_out ? left.v[c] * right.v[c] : Real(0);
        return out;
    }
    GPU_DEVICE Four<Real> b(int k, int column) const { return four_at(layer.backward + k * layer.in_stride + column); }
    GPU_DEVICE Four<Real> skipped(int row, int column) const {
        const Real* dy_row = dy + std::int64_t(row) * layer.out_stride;
        Four<Real> out{};
        GPU_UNROLL for (int c = 0; c < 4; ++c) {
            const int at = column + c;
            if (at >= layer.n_in) continue;
            if (layer.skip != Skip::none) out.v[c] = dy_row[at];
            if (layer.skip == Skip::twice) out.v[c] += dy_row[layer.n_in + at];
        }
        return out;
    }
    GPU_DEVICE void finish(int row, int column, const Four<Real>& sums) const {
        Four<Real> out = skipped(row, column);
        GPU_UNROLL for (int c = 0; c < 4; ++c) out.v[c] = column + c < layer.n_in ? sums.v[c] + out.v[c] : Real(0);
        put_four(dx + std::int64_t(row) * layer.in_stride + column, out);
    }
};

/// Queues the product on plain units; the shape of its tiles does not change its bits.
template <class Product>
void launch_on_plain_units(Queue& queue, const Product& product);
/// Queues the product on matrix units: double with plain operands, or float with rounded ones.
template <class Product>
void launch_on_matrix_units(Queue& queue, const Product& product);

template <class Shape>
Grid grid_of(std::int64_t rows, int columns) {
    return {static_cast<unsigned>((rows + Shape::rows - 1) / Shape::rows),
            static_cast<unsigned>((columns + Shape::columns - 1) / Shape::columns)};
}

/// What the busiest multiprocessor does: the sums of its tiles, and the operands that it loads for them, which cost
/// more the smaller the tiles are.
template <class Shape>
double shape_cost(int multiprocessors, std::int64_t rows, int columns) {
    const Grid grid = grid_of<Shape>(rows, columns);
    const std::int64_t tiles = std::int64_t(grid.x) * grid.y, of_one = (tiles + multiprocessors - 1) / multiprocessors;
    return double(of_one) * (Shape::rows * Shape::columns + 16 * (Shape::rows + Shape::columns));
}

/// Calls launch_with(shape, grid) with the shape that costs least.
template <class Shape, class F>
void with_shape(const Queue&, std::int64_t rows, int columns, F&& launch_with) {
    launch_with(Shape{}, grid_of<Shape>(rows, columns));
}
template <class Shape, class Other, class... Others, class F>
void with_shape(const Queue& queue, std::int64_t rows, int columns, F&& launch_with) {
    const int n = queue.properties().multiprocessors;
    if (shape_cost<Shape>(n, rows, columns) <= shape_cost<Other>(n, rows, columns))
        return with_shape<Shape, Others...>(queue, rows, columns, launch_with);
    with_shape<Other, Others...>(queue, rows, columns, launch_with);
}

}  // namespace dpmd::gpu
