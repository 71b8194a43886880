#pragma once
// The product on the plain arithmetic units, for platforms without code for their matrix units: each lane computes its
// share of the sums from shared memory.
#include "gpu_platform.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {

/// C of m x n adjacent products of a kind, computed by the 32 lanes of a tile together.
template <class Kind, int m, int n>
class PlainMatrixTile {
public:
    using Operand = typename Kind::Operand;
    using Sum = typename Kind::Sum;
    static constexpr int rows = m * Kind::rows, columns = n * Kind::columns, depth = Kind::slice;
    static constexpr int strips = m, strip_rows = Kind::rows;  ///< what store() writes at a time

    GPU_DEVICE void clear() { GPU_UNROLL for (int e = 0; e < n_mine; ++e) sum_[e] = Sum(0); }
    /// C += A B of operands in shared memory, A [rows][a_stride] and B [depth][b_stride].
    GPU_DEVICE void multiply(const Operand* a, int a_stride, const Operand* b, int b_stride) {
        // unrolled it would take all registers for operands
        GPU_NO_UNROLL for (int k = 0; k < depth; ++k) GPU_UNROLL for (int e = 0; e < n_mine; ++e)
            Kind::add_product(sum_[e], a[row(e) * a_stride + k], b[k * b_stride + column(e)]);
    }
    /// Writes rows [strip * strip_rows, + strip_rows) of C to c [strip_rows][c_stride] in shared memory.
    template <int strip>
    GPU_DEVICE void store(Sum* c, int c_stride) const {
        constexpr int each = n_mine / strips;
        GPU_UNROLL for (int e = strip * each; e < (strip + 1) * each; ++e)
            c[(row(e) - strip * strip_rows) * c_stride + column(e)] = sum_[e];
    }

private:
    static constexpr int n_mine = rows * columns / tile_lanes;
    static GPU_DEVICE int row(int e) { return (e * tile_lanes + lane()) / columns; }
    static GPU_DEVICE int column(int e) { return (e * tile_lanes + lane()) % columns; }

    Sum sum_[n_mine];
};

}  // namespace dpmd::gpu
