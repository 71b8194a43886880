#pragma once
// The product of gemm.hpp on matrix units. Slices are double buffered: while one is multiplied, the next is fetched
// into registers and then stored in the other buffer.
#include "nets/gemm.hpp"
#include "nets/matrix_tile.hpp"

namespace dpmd::gpu {

/// A tile of C, the depth of its slices, how its threads share it (tiles of 32 lanes, down x across), and how many such
/// blocks should run on a multiprocessor together.
template <class Kind_, int rows_, int columns_, int depth_, int down_, int across_, int blocks_>
struct MatrixShape {
    using Kind = Kind_;
    using Sum = typename Kind::Sum;
    using Operand = typename Kind::Operand;
    static constexpr int rows = rows_, columns = columns_, depth = depth_;
    static constexpr int blocks = blocks_, across = across_, threads = down_ * across_ * tile_lanes;
    using Tile = MatrixTile<Kind, rows / down_ / Kind::rows, columns / across_ / Kind::columns>;
    static constexpr int a_stride = depth + Kind::a_padding, b_stride = columns + Kind::b_padding;
    static constexpr int a_values = rows * a_stride, slice_values = a_values + depth * b_stride;
    static constexpr int sum_stride = Tile::columns + 4,
                         sum_values = Tile::strip_rows * sum_stride;  ///< for each tile of lanes
    static_assert(rows * depth % (4 * threads) == 0 && columns * depth % (4 * threads) == 0);
    static_assert(Tile::rows * down_ == rows && Tile::columns * across == columns && depth % Tile::depth == 0);

    // alignment that matrix units need to read and write
    static_assert(a_values * sizeof(Operand) % 32 == 0 && slice_values * sizeof(Operand) % 32 == 0 &&
                  sum_values * sizeof(Sum) % 32 == 0);
    static constexpr int shared_bytes = static_cast<int>(shared_piece<unsigned char>(
        larger(2 * slice_values * sizeof(Operand), threads / tile_lanes * sum_values * sizeof(Sum))));
};

/// Calls leave(row) for each strip of the sums, which are then in `place`.
template <class Tile, int strip, class F>
GPU_DEVICE void for_each_strip(const Tile& sums, typename Tile::Sum* place, int stride, const F& leave) {
    if constexpr (strip < Tile::strips) {
        sums.template store<strip>(place, stride);
        sync_tile();
        leave(strip * Tile::strip_rows);
        sync_tile();
        for_each_strip<Tile, strip + 1>(sums, place, stride, leave);
    }
}

/// Like multiply_on_plain_units.
template <class Shape, class Product>
GPU_DEVICE void multiply_on_matrix_units(const Product& product, int first_row, int n_rows, int first_column) {
    using Kind = typename Shape::Kind;
    using Operand = typename Shape::Operand;
    using Real = typename Product::Number;
    using Tile = typename Shape::Tile;
    constexpr int depth = Shape::depth, threads = Shape::threads;
    constexpr int n_a = Shape::rows * depth / 4 / threads, n_b = Shape::columns * depth / 4 / threads;
    SharedMemory shared;
    unsigned char* bytes = shared.take<unsigned char>(Shape::shared_bytes);
    Operand* slices = reinterpret_cast<Operand*>(bytes);  // [2] of A [rows][a_stride] and B [depth][b_stride]
    const int thread = thread_index(), total_depth = product.depth(), width = product.width();
    const int my_row = tile() / Shape::across * Tile::rows, my_column = tile() % Shape::across * Tile::columns;

    Four<Real> next_a[n_a], next_b[n_b];
    const auto fetch = [&](int k0) {
        GPU_UNROLL for (int i = 0; i < n_a; ++i) {
            const int at = thread + i * threads, row = first_row + at / (depth / 4), k = k0 + at % (depth / 4) * 4;
            next_a[i] = row < n_rows && k < total_depth ? product.a(row, k) : Four<Real>{};
        }
        GPU_UNROLL for (int i = 0; i < n_b; ++i) {
            const int at = thread + i * threads, k = k0 + at / (Shape::columns / 4);
            const int column = first_column + at % (Shape::columns / 4) * 4;
            next_b[i] = k < total_depth && column < width ? product.b(k, column) : Four<Real>{};
        }
    };
    const auto put = [&](Operand* to, const Four<Real>& values, bool is_weight) {
        Four<Operand> operands;
        GPU_UNROLL for (int c = 0; c < 4; ++c) operands.v[c] =
            is_weight ? Kind::rounded_operand(values.v[c]) : Kind::operand(values.v[c]);
        put_four(to, operands);
    };
    const auto put_slices = [&](Operand* slice) {
        GPU_UNROLL for (int i = 0; i < n_a; ++i) {
            const int at = thread + i * threads;
            put(slice + at / (depth / 4) * Shape::a_stride + at % (depth / 4) * 4, next_a[i], false);
        }
        GPU_UNROLL for (int i = 0; i < n_b; ++i) {
            const int at = thread + i * threads;
            put(slice + Shape::a_values + at / (Shape::columns / 4) * Shape::b_stride + at % (Shape::columns / 4) * 4,
                next_b[i], true);
        }
    };

    Tile sums;
    sums.clear();
    fetch(0);
    put_slices(slices);
    sync_block();
    Operand *present = slices, *next = slices + Shape::slice_values;
    for (int k0 = 0; k0 < total_depth; k0 += depth) {
        // for operands of 4 bytes, zeros past the end take fewer registers than a branch around them
        const bool has_next = sizeof(Operand) == 4 || k0 + depth < total_depth;
        if (has_next) fetch(k0 + depth);
        // unrolled it would take registers that two blocks do not have
        GPU_NO_UNROLL for (int k = 0; k < depth; k += Tile::depth)
            sums.multiply(present + my_row * Shape::a_stride + k, Shape::a_stride,
                          present + Shape::a_values + k * Shape::b_stride + my_column, Shape::b_stride);
        if (has_next) put_slices(next);
        sync_block();
        Operand* other = present;
        present = next;
        next = other;
    }
    auto* place = reinterpret_cast<typename Shape::Sum*>(bytes) + tile() * Shape::sum_values;
    for_each_strip<Tile, 0>(sums, place, Shape::sum_stride, [&](int strip_row) {
        for (int e = lane(); e < Tile::strip_rows * (Tile::columns / 4); e += tile_lanes) {
            const int r = e / (Tile::columns / 4), c = e % (Tile::columns / 4) * 4;
            const int row = first_row + my_row + strip_row + r, column = first_column + my_column + c;
            if (row < n_rows && column < width) product.finish(row, column, four_at(place + r * Shape::sum_stride + c));
        }
    });
}

}  // namespace dpmd::gpu
