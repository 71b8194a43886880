#pragma once
// Matrices that a tile computes, packed as the second factor of a product.
#include "core/workspace.hpp"
#include "cpu/tile/gemm.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// B [n_in][n_out] whose elements `at(row, column)` gives, in panels with zeros beyond n_out.
template <class Real, class F>
PanelView<Real> pack_panels(int n_in, int n_out, Workspace& workspace, F&& at) {
    const int stride = round_up(n_out, lanes<Real>), width = panel_vectors * lanes<Real>;
    Real* panels = workspace.take<Real>(std::size_t(n_in) * std::size_t(stride));
    for (int first = 0; first < stride; first += width) {
        const int w = std::min(width, stride - first), n = std::min(w, n_out - first);
        Real* panel = panels + std::size_t(first) * std::size_t(n_in);
        for (int k = 0; k < n_in; ++k) {
            for (int c = 0; c < n; ++c) panel[k * w + c] = at(k, first + c);
            for (int c = n; c < w; ++c) panel[k * w + c] = Real(0);
        }
    }
    return {n_in, stride, panels};
}

/// The rows of a row-major matrix as they are.
template <class Real>
PanelView<Real> pack_matrix(const Real* matrix, int n_in, int n_out, int matrix_stride, Workspace& workspace) {
    return pack_panels<Real>(n_in, n_out, workspace, [&](int k, int c) {
        return matrix[std::size_t(k) * std::size_t(matrix_stride) + std::size_t(c)];
    });
}

/// The transpose of a row-major matrix [n_out][n_in].
template <class Real>
PanelView<Real> pack_transposed(const Real* matrix, int n_in, int n_out, int matrix_stride, Workspace& workspace) {
    return pack_panels<Real>(n_in, n_out, workspace, [&](int k, int c) {
        return matrix[std::size_t(c) * std::size_t(matrix_stride) + std::size_t(k)];
    });
}

}  // namespace dpmd::cpu::DPMD_ISA
