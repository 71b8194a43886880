#pragma once
// Moments A = sum_j R_j (x) G_j with rows of n components, their products D = A diag(w) (A_<)^T with A_< the first axis
// channels, and the same backwards. A is kept component-major, [n][channel_stride], so that channels fill the lanes.
#include "cpu/tile/lane_sums.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// The weights w of the components of environment rows.
template <class Real>
inline constexpr Real plain_weights[4] = {1, 1, 1, 1};

/// accumulate_moments for n_vectors of channels: so many sums do not wait for each other, and a row's components are
/// loaded once for all of them.
template <int n, int n_vectors, class Real>
DPMD_HD void accumulate_channels(int first, int last, const Real* const* row, const Real* g, int stride,
                                 Real* moments) {
    constexpr int L = lanes<Real>;
    Vector<Real> sum[n][n_vectors];
    for (int k = 0; k < n; ++k)
        for (int v = 0; v < n_vectors; ++v) sum[k][v] = load(moments + k * stride + v * L);
    for (int r = first; r < last; ++r) {
        const Real* of_row = g + std::size_t(r) * std::size_t(stride);
        Vector<Real> value[n_vectors];
        for (int v = 0; v < n_vectors; ++v) value[v] = load(of_row + v * L);
        for (int k = 0; k < n; ++k)
            for (int v = 0; v < n_vectors; ++v) sum[k][v] += row[k][r] * value[v];
    }
    for (int k = 0; k < n; ++k)
        for (int v = 0; v < n_vectors; ++v) store(moments + k * stride + v * L, sum[k][v]);
}

/// moments [n][stride] += sum over rows [first, last) of row[k][r] * g[r][c].
template <int n, class Real>
void accumulate_moments(int first, int last, const Real* const* row, const Real* g, int stride, Real* moments) {
    constexpr int L = lanes<Real>, most = n <= 4 ? 3 : 1;  // 12 sums fit into 16 registers
    int c = 0;
    for (; c + most * L <= stride; c += most * L)
        accumulate_channels<n, most>(first, last, row, g + c, stride, moments + c);
    for (; c < stride; c += L) accumulate_channels<n, 1>(first, last, row, g + c, stride, moments + c);
}

/// The sums of the lanes of n vectors.
template <int n, class Real>
DPMD_HD void sum_lanes_of(const Vector<Real>* v, Real* sums) {
    int k = 0;
    for (; k + 4 <= n; k += 4) sum_lanes_of_4<Real>(v + k, sums + k);
    for (; k < n; ++k) sums[k] = sum_lanes<Real>(v[k]);
}

/// dg [r][stride] and row_gradient [k][r] of rows [first, last) from the derivatives of the moments.
template <int n, class Real>
void moments_backward(int first, int last, const Real* const* row, const Real* g, int stride, const Real* d_moments,
                      Real* dg, Real* const* row_gradient) {
    constexpr int L = lanes<Real>;
    for (int r = first; r < last; ++r) {
        Vector<Real> sum[n] = {};
        for (int c = 0; c < stride; c += L) {
            const Vector<Real> value = load(g + std::size_t(r) * std::size_t(stride) + c);
            Vector<Real> back{};
            for (int k = 0; k < n; ++k) {
                const Vector<Real> d = load(d_moments + k * stride + c);
                back += row[k][r] * d;
                sum[k] += value * d;
            }
            store(dg + std::size_t(r) * std::size_t(stride) + c, back);
        }
        Real sums[n];
        sum_lanes_of<n, Real>(sum, sums);
        for (int k = 0; k < n; ++k) row_gradient[k][r] = sums[k];
    }
}

/// The first n_axis channels of the moments times weight[k], zero beyond, [n][axis_stride].
template <int n, class Real>
DPMD_HD void copy_axis(const Real* moments, const Real* weight, int stride, int n_axis, int axis_stride, Real* axis) {
    for (int k = 0; k < n; ++k)
        for (int c = 0; c < axis_stride; ++c)
            axis[k * axis_stride + c] = c < n_axis ? moments[k * stride + c] * weight[k] : Real(0);
}

/// features [n_channels][n_axis] of one atom; may write up to one vector beyond their end.
template <int n, class Real>
void contract_moments(int n_channels, int n_axis, const Real* moments, int stride, const Real* axis, int axis_stride,
                      Real* features) {
    constexpr int L = lanes<Real>;
    for (int m = 0; m < n_channels; ++m)
        for (int c = 0; c < axis_stride; c += L) {
            Vector<Real> sum{};
            for (int k = 0; k < n; ++k) sum += moments[k * stride + m] * load(axis + k * axis_stride + c);
            store(features + m * n_axis + c, sum);
        }
}

/// d_moments [n][stride] from the derivatives of the features; `axis` as made by copy_axis with `weight`. `d_features`
/// is readable one vector beyond its end and finite there.
template <int n, class Real>
void contract_moments_backward(int n_channels, int n_axis, const Real* moments, const Real* weight, int stride,
                               const Real* axis, int axis_stride, const Real* d_features, Real* d_axis,
                               Real* d_moments) {
    constexpr int L = lanes<Real>;
    for (int k = 0; k < n * axis_stride; ++k) d_axis[k] = Real(0);
    for (int k = 0; k < n * stride; ++k) d_moments[k] = Real(0);
    for (int m = 0; m < n_channels; ++m) {
        Vector<Real> dot[n] = {};
        for (int c = 0; c < axis_stride; c += L) {
            const Vector<Real> d = load(d_features + m * n_axis + c);
            for (int k = 0; k < n; ++k) {
                dot[k] += d * load(axis + k * axis_stride + c);
                Real* to = d_axis + k * axis_stride + c;
                store(to, load(to) + moments[k * stride + m] * d);
            }
        }
        Real sums[n];
        sum_lanes_of<n, Real>(dot, sums);
        for (int k = 0; k < n; ++k) d_moments[k * stride + m] = sums[k];
    }
    for (int k = 0; k < n; ++k)
        for (int c = 0; c < n_axis; ++c) d_moments[k * stride + c] += d_axis[k * axis_stride + c] * weight[k];
}

}  // namespace dpmd::cpu::DPMD_ISA
