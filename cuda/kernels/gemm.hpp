#pragma once
// A matrix product over a block of rows, C = A B with B [n_in][n_out] in device memory, on the plain arithmetic units.
// A block of threads makes a tile of C; A and B pass through shared memory in slices, the next slice being fetched into
// registers while the present one is multiplied. What happens to the sums is the caller's `finish(row, column, sum)`.
#include "gpu_platform.hpp"
#include "math/bfloat16.hpp"

namespace dpmd::gpu {

/// A tile of C and the share of it that a thread makes.
template <int rows_, int columns_, int thread_rows_, int thread_columns_>
struct TileShape {
    static constexpr int rows = rows_, columns = columns_;
    static constexpr int thread_rows = thread_rows_, thread_columns = thread_columns_;
    static constexpr int depth = 16;  ///< of a slice
    static constexpr int threads_across = columns / thread_columns;
    static constexpr int threads = rows / thread_rows * threads_across;
    static_assert(rows * depth % threads == 0 && columns * depth % threads == 0);

    template <class Real>
    static constexpr std::size_t shared_bytes() {
        return shared_piece<Real>(depth * (rows + 1)) + shared_piece<Real>(depth * columns);
    }
};

using LargeTile = TileShape<128, 64, 8, 4>;
using SmallTile = TileShape<32, 32, 2, 4>;

/// `a(row, k)` and `b(k, column)` give operands, zero where there are none; row < n_rows is the caller's to check.
template <class Real, class Shape, class A, class B, class Finish>
GPU_DEVICE void multiply_tile(int first_row, int first_column, int n_in, A&& a, B&& b, Finish&& finish) {
    constexpr int rows = Shape::rows, columns = Shape::columns, depth = Shape::depth, threads = Shape::threads;
    constexpr int n_a = rows * depth / threads, n_b = columns * depth / threads;
    SharedMemory shared;
    Real* a_slice = shared.take<Real>(depth * (rows + 1));  // [depth][rows + 1]
    Real* b_slice = shared.take<Real>(depth * columns);     // [depth][columns]
    const int thread = thread_index();
    const int my_row = thread / Shape::threads_across * Shape::thread_rows;
    const int my_column = thread % Shape::threads_across;

    Real sum[Shape::thread_rows][Shape::thread_columns] = {};
    Real next_a[n_a], next_b[n_b];
    const auto fetch = [&](int k0) {
        GPU_UNROLL for (int i = 0; i < n_a; ++i) {
            const int at = thread + i * threads;
            next_a[i] = a(first_row + at / depth, k0 + at % depth);
        }
        GPU_UNROLL for (int i = 0; i < n_b; ++i) {
            const int at = thread + i * threads;
            next_b[i] = b(k0 + at / columns, first_column + at % columns);
        }
    };
    fetch(0);
    for (int k0 = 0; k0 < n_in; k0 += depth) {
        GPU_UNROLL for (int i = 0; i < n_a; ++i) {
            const int at = thread + i * threads;
            a_slice[at % depth * (rows + 1) + at / depth] = next_a[i];
        }
        GPU_UNROLL for (int i = 0; i < n_b; ++i) b_slice[thread + i * threads] = next_b[i];
        sync_block();
        if (k0 + depth < n_in) fetch(k0 + depth);
        GPU_UNROLL for (int k = 0; k < depth; ++k) {
            Real x[Shape::thread_rows], w[Shape::thread_columns];
            GPU_UNROLL for (int i = 0; i < Shape::thread_rows; ++i) x[i] = a_slice[k * (rows + 1) + my_row + i];
            GPU_UNROLL for (int j = 0; j < Shape::thread_columns; ++j)
                w[j] = b_slice[k * columns + my_column + j * Shape::threads_across];
            GPU_UNROLL for (int i = 0; i < Shape::thread_rows; ++i)
                GPU_UNROLL for (int j = 0; j < Shape::thread_columns; ++j) sum[i][j] += x[i] * w[j];
        }
        sync_block();
    }
    GPU_UNROLL for (int i = 0; i < Shape::thread_rows; ++i)
        GPU_UNROLL for (int j = 0; j < Shape::thread_columns; ++j)
            finish(first_row + my_row + i, first_column + my_column + j * Shape::threads_across, sum[i][j]);
}

}  // namespace dpmd::gpu
