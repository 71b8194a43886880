#pragma once
// A matrix product over a block of rows, C = A B, on the plain arithmetic units. A block of threads computes a tile of
// C. A and B pass through shared memory in slices; the next slice is fetched into registers while the present one is
// multiplied. A sum is added up in the order of its terms, so its bits do not depend on the shape of the tiles.
#include "gpu_platform.hpp"

namespace dpmd::gpu {

/// Four adjacent values that are read and written as one.
template <class T>
struct alignas(4 * sizeof(T) < 16 ? 4 * sizeof(T) : 16) Four {
    T v[4];
};
template <class T>
GPU_DEVICE Four<T> four_at(const T* from) {
    return *reinterpret_cast<const Four<T>*>(from);
}
template <class T>
GPU_DEVICE void put_four(T* to, const Four<T>& values) {
    *reinterpret_cast<Four<T>*>(to) = values;
}

constexpr std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }

/// A tile of C and the share of it that a thread computes: fours of rows times fours of columns.
template <int rows_, int columns_, int row_fours_, int column_fours_>
struct PlainShape {
    static constexpr int rows = rows_, columns = columns_;
    static constexpr int row_fours = row_fours_, column_fours = column_fours_;
    static constexpr int depth = 16;  ///< of a slice
    static constexpr int threads_down = rows / (4 * row_fours), threads_across = columns / (4 * column_fours);
    static constexpr int threads = threads_down * threads_across;
    static constexpr int a_stride = rows + 4;
    static_assert(rows * depth % (4 * threads) == 0 && columns * depth % (4 * threads) == 0);

    static constexpr int shared_values =
        static_cast<int>(larger(depth * (a_stride + columns), threads * 16 * column_fours));
};

/// Computes rows [first_row, n_rows) and columns from first_column of C, at most a tile of them. `product` has a(row,
/// k) with four values along k, b(k, column) with four along columns, both called for k < depth() and column < width()
/// only, and finish(row, column, four sums).
template <class Shape, class Product>
GPU_DEVICE void multiply_on_plain_units(const Product& product, int first_row, int n_rows, int first_column) {
    using Real = typename Product::Number;
    constexpr int depth = Shape::depth, threads = Shape::threads;
    constexpr int n_a = Shape::rows * depth / 4 / threads, n_b = Shape::columns * depth / 4 / threads;
    constexpr int row_fours = Shape::row_fours, column_fours = Shape::column_fours;
    SharedMemory shared;
    Real* a_slice = shared.take<Real>(Shape::shared_values);  // [depth][a_stride]
    Real* b_slice = a_slice + depth * Shape::a_stride;        // [depth][columns]
    const int thread = thread_index(), down = thread / Shape::threads_across, across = thread % Shape::threads_across;
    const int total_depth = product.depth(), width = product.width();

    Four<Real> next_a[n_a], next_b[n_b];
    const auto fetch = [&](int k0) {
        GPU_UNROLL for (int i = 0; i < n_a; ++i) {
            const int at = thread + i * threads, row = first_row + at / (depth / 4), k = k0 + at % (depth / 4) * 4;
            next_a[i] = row < n_rows && k < total_depth ? product.rounded(product.a(row, k)) : Four<Real>{};
        }
        GPU_UNROLL for (int i = 0; i < n_b; ++i) {
            const int at = thread + i * threads, k = k0 + at / (Shape::columns / 4);
            const int column = first_column + at % (Shape::columns / 4) * 4;
            next_b[i] = k < total_depth && column < width ? product.b(k, column) : Four<Real>{};
        }
    };
    const auto put_slices = [&] {
        GPU_UNROLL for (int i = 0; i < n_a; ++i) {
            const int at = thread + i * threads, row = at / (depth / 4), k = at % (depth / 4) * 4;
            GPU_UNROLL for (int c = 0; c < 4; ++c) a_slice[(k + c) * Shape::a_stride + row] = next_a[i].v[c];
        }
        GPU_UNROLL for (int i = 0; i < n_b; ++i) put_four(b_slice + 4 * (thread + i * threads), next_b[i]);
    };

    Real sum[4 * row_fours][4 * column_fours] = {};
    fetch(0);
    for (int k0 = 0; k0 < total_depth; k0 += depth) {
        put_slices();
        sync_block();
        if (k0 + depth < total_depth) fetch(k0 + depth);
        GPU_UNROLL for (int k = 0; k < depth; ++k) {
            Four<Real> x[row_fours], w[column_fours];
            GPU_UNROLL for (int p = 0; p < row_fours; ++p) x[p] =
                four_at(a_slice + k * Shape::a_stride + 4 * (p * Shape::threads_down + down));
            GPU_UNROLL for (int q = 0; q < column_fours; ++q) w[q] =
                four_at(b_slice + k * Shape::columns + 4 * (q * Shape::threads_across + across));
            GPU_UNROLL for (int i = 0; i < 4 * row_fours; ++i) GPU_UNROLL for (int j = 0; j < 4 * column_fours; ++j)
                sum[i][j] += x[i / 4].v[i % 4] * w[j / 4].v[j % 4];
        }
        sync_block();
    }
    // The sums leave through the thread's own places in shared memory, four rows at a time: finishing them takes much
    // code, and a loop over registers would repeat it for each.
    GPU_UNROLL for (int p = 0; p < row_fours; ++p) {
        GPU_UNROLL for (int e = 0; e < 4 * column_fours; ++e) {
            Four<Real> four;
            GPU_UNROLL for (int c = 0; c < 4; ++c) four.v[c] =
                sum[4 * p + e / column_fours][4 * (e % column_fours) + c];
            put_four(a_slice + 4 * (e * threads + thread), four);
        }
        for (int e = 0; e < 4 * column_fours; ++e) {
            const int row = first_row + 4 * (p * Shape::threads_down + down) + e / column_fours;
            const int column = first_column + 4 * (e % column_fours * Shape::threads_across + across);
            if (row < n_rows && column < width)
                product.finish(row, column, four_at(a_slice + 4 * (e * threads + thread)));
        }
    }
}

}  // namespace dpmd::gpu
