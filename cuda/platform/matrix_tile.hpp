#pragma once
// Matrix products of a tile of lanes on NVIDIA's tensor cores (Ampere and later). Which lane holds which value is not
// specified: operands and sums pass through shared memory.
#include <mma.h>

#include <type_traits>

#include "gpu_platform.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {

template <class Kind>
struct TensorCoreNumber {
    using type = double;
};
template <>
struct TensorCoreNumber<MatrixBf16> {
    using type = __nv_bfloat16;
};
template <>
struct TensorCoreNumber<MatrixTf32> {
    using type = nvcuda::wmma::precision::tf32;
};
template <>
struct TensorCoreNumber<MatrixTf32x3> {
    using type = nvcuda::wmma::precision::tf32;
};

/// C of m x n adjacent products of a kind, computed by the 32 lanes of a tile together.
template <class Kind, int m, int n>
class MatrixTile {
public:
    using Operand = typename Kind::Operand;
    using Sum = typename Kind::Sum;
    static constexpr int rows = m * Kind::rows, columns = n * Kind::columns, depth = Kind::depth;
    static constexpr int strips = m, strip_rows = Kind::rows;  ///< what store() writes at a time

    GPU_DEVICE void clear() {
        GPU_UNROLL for (int i = 0; i < m; ++i) GPU_UNROLL for (int j = 0; j < n; ++j)
            nvcuda::wmma::fill_fragment(sum_[i][j], Sum(0));
    }
    /// C += A B of operands in shared memory, A [rows][a_stride] and B [depth][b_stride]; both begin at multiples of 32
    /// bytes.
    GPU_DEVICE void multiply(const Operand* a, int a_stride, const Operand* b, int b_stride) {
        A a_part[m], a_low[is_split ? m : 1];
        GPU_UNROLL for (int i = 0; i < m; ++i) {
            load(a_part[i], a + i * Kind::rows * a_stride, a_stride);
            if constexpr (is_split) split(a_part[i], a_low[i]);
        }
        GPU_UNROLL for (int j = 0; j < n; ++j) {
            B b_part, b_low;
            load(b_part, b + j * Kind::columns, b_stride);
            if constexpr (is_split) split(b_part, b_low);
            GPU_UNROLL for (int i = 0; i < m; ++i) {
                if constexpr (is_split) {
                    nvcuda::wmma::mma_sync(sum_[i][j], a_low[i], b_part, sum_[i][j]);
                    nvcuda::wmma::mma_sync(sum_[i][j], a_part[i], b_low, sum_[i][j]);
                }
                nvcuda::wmma::mma_sync(sum_[i][j], a_part[i], b_part, sum_[i][j]);
            }
        }
    }
    /// Writes rows [strip * strip_rows, + strip_rows) of C to c [strip_rows][c_stride] in shared memory.
    template <int strip>
    GPU_DEVICE void store(Sum* c, int c_stride) const {
        GPU_UNROLL for (int j = 0; j < n; ++j) nvcuda::wmma::store_matrix_sync(
            c + j * Kind::columns, sum_[strip][j], static_cast<unsigned>(c_stride), nvcuda::wmma::mem_row_major);
    }

private:
    using Number = typename TensorCoreNumber<Kind>::type;
    template <class Use, class... Layout>
    using Fragment = nvcuda::wmma::fragment<Use, Kind::rows, Kind::columns, Kind::depth, Layout...>;
    using A = Fragment<nvcuda::wmma::matrix_a, Number, nvcuda::wmma::row_major>;
    using B = Fragment<nvcuda::wmma::matrix_b, Number, nvcuda::wmma::row_major>;
    static constexpr bool is_split = std::is_same_v<Kind, MatrixTf32x3>;

    template <class Part>
    static GPU_DEVICE void load(Part& part, const Operand* from, int stride) {
        if constexpr (std::is_same_v<Kind, MatrixBf16>)
            nvcuda::wmma::load_matrix_sync(part, reinterpret_cast<const __nv_bfloat16*>(from),
                                           static_cast<unsigned>(stride));
        else nvcuda::wmma::load_matrix_sync(part, from, static_cast<unsigned>(stride));
    }
    template <class Part>
    static GPU_DEVICE void split(Part& part, Part& low) {
        GPU_UNROLL for (int e = 0; e < part.num_elements; ++e) {
            const float high = nvcuda::wmma::__float_to_tf32(part.x[e]);
            low.x[e] = nvcuda::wmma::__float_to_tf32(part.x[e] - high);
            part.x[e] = high;
        }
    }

    Fragment<nvcuda::wmma::accumulator, Sum> sum_[m][n];
};

}  // namespace dpmd::gpu
