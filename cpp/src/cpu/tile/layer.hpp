#pragma once
// One network layer over a block of rows: GEMM, bias, activation, its slope, time step and skip connection while the
// block is in cache; and the backward pass.
#include <algorithm>

#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/activate.hpp"
#include "cpu/tile/gemm.hpp"
#include "cpu/tile/half_product.hpp"
#include "cpu/tile/lane_sums.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Rows that pass through GEMM and activation together.
inline constexpr int rows_in_cache = 64;

/// a w (+ bias), or dz w^T, over at most rows_in_cache rows.
template <class Real>
void multiply(const PackedLayer<Real>& layer, bool forward, int rows, const Real* a, int a_stride, const Real* bias,
              Real* c, int c_stride, Workspace& workspace) {
    if constexpr (sizeof(Real) == 4)
        if (layer.in_half) return multiply_in_half(layer, forward, rows, a, a_stride, bias, c, c_stride, workspace);
    gemm(rows, a, a_stride, forward ? layer.forward : layer.backward, bias, c, c_stride);
}

/// y [rows][out_stride] from x [rows][x_stride]; slope [rows][out_stride] is what backward needs, or null.
template <class Real>
void layer_forward(const PackedLayer<Real>& layer, int rows, const Real* x, int x_stride, Real* y, Real* slope,
                   Workspace& workspace) {
    for (int first = 0; first < rows; first += rows_in_cache) {
        const int n = std::min(rows_in_cache, rows - first);
        const Real* x_block = x + std::size_t(first) * std::size_t(x_stride);
        Real* y_block = y + std::size_t(first) * std::size_t(layer.out_stride);
        Real* slope_block = slope ? slope + std::size_t(first) * std::size_t(layer.out_stride) : nullptr;
        multiply(layer, true, n, x_block, x_stride, layer.bias.data(), y_block, layer.out_stride, workspace);
        activate(layer, n, y_block, slope_block);
        if (layer.skip == Skip::none) continue;
        for (int r = 0; r < n; ++r) {
            const Real* from = x_block + std::size_t(r) * std::size_t(x_stride);
            Real* to = y_block + std::size_t(r) * std::size_t(layer.out_stride);
            for (int c = 0; c < layer.n_in; ++c) to[c] += from[c];
            if (layer.skip == Skip::twice)
                for (int c = 0; c < layer.n_in; ++c) to[layer.n_in + c] += from[c];
        }
    }
}

/// dz = dy * slope, for a block of rows.
template <class Real>
DPMD_HD void multiply_slope(const PackedLayer<Real>& layer, int rows, const Real* dy, const Real* slope, Real* dz) {
    for (std::size_t k = 0; k < std::size_t(rows) * std::size_t(layer.out_stride); k += std::size_t(lanes<Real>))
        store(dz + k, load(dy + k) * load(slope + k));
}

/// dx [rows][in_stride] from dy [rows][out_stride].
template <class Real>
void layer_backward(const PackedLayer<Real>& layer, int rows, const Real* dy, const Real* slope, Real* dx,
                    Workspace& workspace) {
    Real* dz = workspace.take<Real>(std::size_t(rows_in_cache) * std::size_t(layer.out_stride));
    for (int first = 0; first < rows; first += rows_in_cache) {
        const int n = std::min(rows_in_cache, rows - first);
        const std::size_t at = std::size_t(first) * std::size_t(layer.out_stride);
        const Real* dy_block = dy + at;
        Real* dx_block = dx + std::size_t(first) * std::size_t(layer.in_stride);
        multiply_slope(layer, n, dy_block, slope + at, dz);
        multiply<Real>(layer, false, n, dz, layer.out_stride, nullptr, dx_block, layer.in_stride, workspace);
        if (layer.skip == Skip::none) continue;
        for (int r = 0; r < n; ++r) {
            const Real* from = dy_block + std::size_t(r) * std::size_t(layer.out_stride);
            Real* to = dx_block + std::size_t(r) * std::size_t(layer.in_stride);
            for (int c = 0; c < layer.n_in; ++c) to[c] += from[c];
            if (layer.skip == Skip::twice)
                for (int c = 0; c < layer.n_in; ++c) to[c] += from[layer.n_in + c];
        }
    }
}

/// dx [rows] from dy [rows][out_stride] of a layer with one input.
template <class Real>
void layer_backward_to_scalar(const PackedLayer<Real>& layer, int rows, const Real* dy, const Real* slope, Real* dx) {
    constexpr int L = lanes<Real>;
    for (int r = 0; r < rows; ++r) {
        const std::size_t at = std::size_t(r) * std::size_t(layer.out_stride);
        Vector<Real> sum{};
        for (int c = 0; c < layer.out_stride; c += L)
            sum += load(dy + at + c) * load(slope + at + c) * load(layer.weight_column.data() + c);
        dx[r] = sum_lanes<Real>(sum);
        if (layer.skip != Skip::none) dx[r] += dy[at];
        if (layer.skip == Skip::twice) dx[r] += dy[at + 1];
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
