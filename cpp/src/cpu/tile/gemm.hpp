#pragma once
// C = A B (+ bias) for small row-major A and packed B, in register tiles of row_block x panel_vectors.
// A result depends on its row of A and on B alone, in one fixed order of additions.
#include <algorithm>

#include "cpu/packed_network.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Rows of a micro-tile: 8 x 3 accumulators where there are 32 registers, 4 x 3 where there are 16.
#if DPMD_VECTOR_BYTES == 64 || defined(__aarch64__)
inline constexpr int row_block = 8;
#else
inline constexpr int row_block = 4;
#endif

template <class Real, int n_vectors>
DPMD_HD void gemm_micro(int n_in, const Real* a, int a_stride, const Real* panel, const Real* bias, Real* c,
                        int c_stride) {
    constexpr int L = lanes<Real>;
    Vector<Real> sum[row_block][n_vectors];
    for (int v = 0; v < n_vectors; ++v) {
        const Vector<Real> start = bias ? load(bias + v * L) : Vector<Real>{};
        for (int r = 0; r < row_block; ++r) sum[r][v] = start;
    }
    for (int k = 0; k < n_in; ++k) {
        Vector<Real> b[n_vectors];
        for (int v = 0; v < n_vectors; ++v) b[v] = load(panel + (k * n_vectors + v) * L);
        for (int r = 0; r < row_block; ++r) {
            const Vector<Real> x = broadcast<Vector<Real>>(a[r * a_stride + k]);
            for (int v = 0; v < n_vectors; ++v) sum[r][v] += x * b[v];
        }
    }
    for (int r = 0; r < row_block; ++r)
        for (int v = 0; v < n_vectors; ++v) store(c + r * c_stride + v * L, sum[r][v]);
}

/// `rows` must be a multiple of row_block. `bias` may be null.
template <class Real>
void gemm(int rows, const Real* a, int a_stride, const PackedMatrix<Real>& b, const Real* bias, Real* c, int c_stride) {
    constexpr int L = lanes<Real>, width = panel_vectors * L;
    for (int first = 0; first < b.stride; first += width) {
        const int n_vectors = std::min(width, b.stride - first) / L;
        const Real* panel = b.panels.data() + std::size_t(first) * std::size_t(b.n_in);
        const Real* panel_bias = bias ? bias + first : nullptr;
        for (int r = 0; r < rows; r += row_block) {
            const Real* a_rows = a + std::size_t(r) * std::size_t(a_stride);
            Real* c_rows = c + std::size_t(r) * std::size_t(c_stride) + first;
            if (n_vectors == 3) gemm_micro<Real, 3>(b.n_in, a_rows, a_stride, panel, panel_bias, c_rows, c_stride);
            else if (n_vectors == 2) gemm_micro<Real, 2>(b.n_in, a_rows, a_stride, panel, panel_bias, c_rows, c_stride);
            else gemm_micro<Real, 1>(b.n_in, a_rows, a_stride, panel, panel_bias, c_rows, c_stride);
        }
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
