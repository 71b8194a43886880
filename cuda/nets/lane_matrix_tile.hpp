#pragma once
// The product on platforms whose matrix units multiply registers of a tile of 32 lanes. Such a platform has
// multiply_registers<Kind>(sums, a, b): sums += A B, held by the lanes as MatrixLanes says.
#include "gpu_platform.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {

/// What a lane holds of the operands of products that lie behind each other in depth, in one part or two.
template <class Kind, int n_registers>
struct MatrixOperand {
    static constexpr int steps = Kind::slice / Kind::depth;
    typename Kind::Register values[Kind::parts][steps][n_registers];

    GPU_DEVICE void put(int step, int r, const typename Kind::Operand* from, int next) {
        if constexpr (Kind::packed == 2)
            values[0][step][r] = from[0] | static_cast<typename Kind::Register>(from[next]) << 16;
        else if constexpr (Kind::parts == 2) split_tf32(from[0], values[0][step][r], values[1][step][r]);
        else values[0][step][r] = from[0];
    }
};

/// C of m x n adjacent products of a kind, computed by the 32 lanes of a tile together.
template <class Kind, int m, int n>
class LaneMatrixTile {
public:
    using Operand = typename Kind::Operand;
    using Sum = typename Kind::Sum;
    static constexpr int rows = m * Kind::rows, columns = n * Kind::columns, depth = Kind::slice;
    static constexpr int strips = m, strip_rows = Kind::rows;  ///< what store() writes at a time

    GPU_DEVICE void clear() {
        GPU_UNROLL for (int i = 0; i < m; ++i) GPU_UNROLL for (int j = 0; j < n; ++j)
            GPU_UNROLL for (int r = 0; r < Kind::sums; ++r) sum_[i][j][r] = Sum(0);
    }
    /// C += A B of a slice of operands in shared memory, A [rows][a_stride] and B [depth][b_stride].
    GPU_DEVICE void multiply(const Operand* a, int a_stride, const Operand* b, int b_stride) {
        A left[m];
        GPU_UNROLL for (int i = 0; i < m; ++i) GPU_UNROLL for (int s = 0; s < steps; ++s)
            GPU_UNROLL for (int r = 0; r < Lanes::a_registers; ++r) left[i]
                .put(s, r,
                     a + (i * Kind::rows + Lanes::a_row(lane(), r)) * a_stride + s * Kind::depth +
                         Lanes::a_depth(lane(), r),
                     1);
        GPU_UNROLL for (int j = 0; j < n; ++j) {
            B right;
            GPU_UNROLL for (int s = 0; s < steps; ++s) GPU_UNROLL for (int r = 0; r < Lanes::b_registers; ++r)
                right.put(s, r,
                          b + (s * Kind::depth + Lanes::b_depth(lane(), r)) * b_stride + j * Kind::columns +
                              Lanes::b_column(lane()),
                          b_stride);
            GPU_UNROLL for (int i = 0; i < m; ++i) add_slice(sum_[i][j], left[i], right);
        }
    }
    /// Writes rows [strip * strip_rows, + strip_rows) of C to c [strip_rows][c_stride] in shared memory.
    template <int strip>
    GPU_DEVICE void store(Sum* c, int c_stride) const {
        GPU_UNROLL for (int j = 0; j < n; ++j) GPU_UNROLL for (int r = 0; r < Kind::sums; ++r)
            c[Lanes::sum_row(lane(), r) * c_stride + j * Kind::columns + Lanes::sum_column(lane(), r)] =
                sum_[strip][j][r];
    }

private:
    using Lanes = MatrixLanes<Kind>;
    using A = MatrixOperand<Kind, Lanes::a_registers>;
    using B = MatrixOperand<Kind, Lanes::b_registers>;
    static constexpr int steps = A::steps;

    /// Matrix units cut off what they add in single precision, always towards zero, so that errors of a long sum add
    /// up. Each slice therefore begins at zero, with the small terms, and the sums of slices are added by plain units,
    /// which round.
    static GPU_DEVICE void add_slice(Sum (&sums)[Kind::sums], const A& a, const B& b) {
        if constexpr (sizeof(Sum) == 8) multiply_registers<Kind>(sums, a.values[0][0], b.values[0][0]);
        else {
            Sum of_slice[Kind::sums] = {};
            if constexpr (Kind::parts == 2) {
                GPU_UNROLL for (int s = 0; s < steps; ++s) {
                    multiply_registers<Kind>(of_slice, a.values[1][s], b.values[0][s]);
                    multiply_registers<Kind>(of_slice, a.values[0][s], b.values[1][s]);
                }
            }
            GPU_UNROLL for (int s = 0; s < steps; ++s)
                multiply_registers<Kind>(of_slice, a.values[0][s], b.values[0][s]);
            GPU_UNROLL for (int r = 0; r < Kind::sums; ++r) sums[r] += of_slice[r];
        }
    }

    Sum sum_[m][n][Kind::sums];
};

}  // namespace dpmd::gpu
