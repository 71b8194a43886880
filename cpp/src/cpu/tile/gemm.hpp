#pragma once
// C = A B (+ bias) for small row-major A and packed B, in register tiles of row_block x panel_vectors.
// A result depends only on its row of A and on B, in one fixed order of additions.
#include <algorithm>

#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Rows of a micro-tile: 8 x 3 accumulators where there are 32 registers, 4 x 3 where there are 16.
#if DPMD_VECTOR_BYTES == 64 || defined(__aarch64__)
inline constexpr int row_block = 8;
#else
inline constexpr int row_block = 4;
#endif

/// Rows of B that are used together: a panel of this many rows, at most 24 kB, stays in the first-level cache for all
/// rows of A.
inline constexpr int depth_in_cache = 128;

/// c = start + a panel; `start` has a row for each row of c, `start_stride` apart (0: one row for all), or is null for
/// zero. A vector of `ahead` is prefetched with every row of the panel.
template <class Real, int n_vectors>
DPMD_HD void gemm_micro(int depth, const Real* a, int a_stride, const Real* panel, const Real* start, int start_stride,
                        Real* c, int c_stride, const Real* ahead) {
    constexpr int L = lanes<Real>;
    Vector<Real> sum[row_block][n_vectors];
    for (int r = 0; r < row_block; ++r)
        for (int v = 0; v < n_vectors; ++v) sum[r][v] = start ? load(start + r * start_stride + v * L) : Vector<Real>{};
    for (int k = 0; k < depth; ++k) {
        Vector<Real> b[n_vectors];
        for (int v = 0; v < n_vectors; ++v) b[v] = load(panel + (k * n_vectors + v) * L);
        __builtin_prefetch(ahead + k * L, 0, 2);
        for (int r = 0; r < row_block; ++r) {
            const Vector<Real> x = broadcast<Vector<Real>>(a[r * a_stride + k]);
            for (int v = 0; v < n_vectors; ++v) sum[r][v] += x * b[v];
        }
    }
    for (int r = 0; r < row_block; ++r)
        for (int v = 0; v < n_vectors; ++v) store(c + r * c_stride + v * L, sum[r][v]);
}

template <class Real, int n_vectors>
DPMD_HD void gemm_panel(int rows, int depth, const Real* a, int a_stride, const Real* panel, const Real* bias, Real* c,
                        int c_stride) {
    for (int k = 0; k < depth; k += depth_in_cache) {
        const int n = depth - k < depth_in_cache ? depth - k : depth_in_cache;
        const Real* part = panel + std::size_t(k) * std::size_t(n_vectors * lanes<Real>);
        for (int r = 0; r < rows; r += row_block) {
            const Real* a_rows = a + std::size_t(r) * std::size_t(a_stride) + k;
            Real* c_rows = c + std::size_t(r) * std::size_t(c_stride);
            // weights come from beyond the second-level cache: the first blocks of rows prefetch the next part
            const int block = r / row_block < n_vectors ? r / row_block : 0;
            const Real* ahead = part + std::size_t(n) * std::size_t((n_vectors + block) * lanes<Real>);
            gemm_micro<Real, n_vectors>(n, a_rows, a_stride, part, k == 0 ? bias : c_rows, k == 0 ? 0 : c_stride,
                                        c_rows, c_stride, ahead);
        }
    }
}

/// The panels of a packed matrix (see PackedMatrix).
template <class Real>
struct PanelView {
    int n_in, stride;
    const Real* panels;
};

/// `rows` must be a multiple of row_block. `bias` may be null.
template <class Real>
void gemm(int rows, const Real* a, int a_stride, const PanelView<Real>& b, const Real* bias, Real* c, int c_stride) {
    constexpr int L = lanes<Real>, width = panel_vectors * L;
    for (int first = 0; first < b.stride; first += width) {
        const int n_vectors = std::min(width, b.stride - first) / L;
        const Real* panel = b.panels + std::size_t(first) * std::size_t(b.n_in);
        const Real* panel_bias = bias ? bias + first : nullptr;
        Real* c_panel = c + first;
        if (n_vectors == 3) gemm_panel<Real, 3>(rows, b.n_in, a, a_stride, panel, panel_bias, c_panel, c_stride);
        else if (n_vectors == 2) gemm_panel<Real, 2>(rows, b.n_in, a, a_stride, panel, panel_bias, c_panel, c_stride);
        else gemm_panel<Real, 1>(rows, b.n_in, a, a_stride, panel, panel_bias, c_panel, c_stride);
    }
}

template <class Real>
void gemm(int rows, const Real* a, int a_stride, const PackedMatrix<Real>& b, const Real* bias, Real* c, int c_stride) {
    gemm(rows, a, a_stride, PanelView<Real>{b.n_in, b.stride, b.panels.data()}, bias, c, c_stride);
}

}  // namespace dpmd::cpu::DPMD_ISA
