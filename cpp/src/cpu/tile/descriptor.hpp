#pragma once
// Stages 3 and 4 of a tile: moments A = (1/N) sum_j R_j (x) G_j, descriptor D = A (A_<)^T (Zhang et al., DeepPot-SE),
// and the same backwards. A is kept component-major, [4][channel_stride], so that channels fill the lanes.
#include "cpu/local/se_a_model.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// moments [4][stride] += sum over rows [first, last) of row[k][r] * g[r][c].
template <class Real>
void accumulate_moments(int first, int last, Real* const row[4], const Real* g, int stride, Real* moments) {
    constexpr int L = lanes<Real>;
    for (int c = 0; c < stride; c += L) {
        Vector<Real> sum[4];
        for (int k = 0; k < 4; ++k) sum[k] = load(moments + k * stride + c);
        for (int r = first; r < last; ++r) {
            const Vector<Real> value = load(g + std::size_t(r) * std::size_t(stride) + c);
            for (int k = 0; k < 4; ++k) sum[k] += row[k][r] * value;
        }
        for (int k = 0; k < 4; ++k) store(moments + k * stride + c, sum[k]);
    }
}

/// dg [r][stride] and row_gradient [k][r] of rows [first, last) from the derivatives of the moments.
template <class Real>
void moments_backward(int first, int last, Real* const row[4], const Real* g, int stride, const Real* d_moments,
                      Real* dg, Real* const row_gradient[4]) {
    constexpr int L = lanes<Real>;
    for (int r = first; r < last; ++r) {
        Vector<Real> sum[4] = {};
        for (int c = 0; c < stride; c += L) {
            const Vector<Real> value = load(g + std::size_t(r) * std::size_t(stride) + c);
            Vector<Real> back{};
            for (int k = 0; k < 4; ++k) {
                const Vector<Real> d = load(d_moments + k * stride + c);
                back += row[k][r] * d;
                sum[k] += value * d;
            }
            store(dg + std::size_t(r) * std::size_t(stride) + c, back);
        }
        Real sums[4];
        sum_lanes_of_4<Real>(sum, sums);
        for (int k = 0; k < 4; ++k) row_gradient[k][r] = sums[k];
    }
}

/// The first n_axis channels of the moments, zero beyond, [4][axis_stride].
template <class Real>
DPMD_HD void copy_axis(const Real* moments, int stride, int n_axis, int axis_stride, Real* axis) {
    for (int k = 0; k < 4; ++k)
        for (int c = 0; c < axis_stride; ++c)
            axis[k * axis_stride + c] = c < n_axis ? moments[k * stride + c] : Real(0);
}

/// descriptor [n_channels * n_axis] of one atom; may write up to one vector beyond its end.
template <class Real>
void descriptor_forward(const SeAModel<Real>& model, const Real* moments, const Real* axis, int axis_stride,
                        Real* descriptor) {
    constexpr int L = lanes<Real>;
    const int stride = model.channel_stride;
    for (int m = 0; m < model.n_channels; ++m)
        for (int c = 0; c < axis_stride; c += L) {
            Vector<Real> sum{};
            for (int k = 0; k < 4; ++k) sum += moments[k * stride + m] * load(axis + k * axis_stride + c);
            store(descriptor + m * model.n_axis + c, sum);
        }
}

/// d_moments [4][stride] from the derivatives of the descriptor; `d_descriptor` is readable one vector beyond its end
/// and finite there.
template <class Real>
void descriptor_backward(const SeAModel<Real>& model, const Real* moments, const Real* axis, int axis_stride,
                         const Real* d_descriptor, Real* d_axis, Real* d_moments) {
    constexpr int L = lanes<Real>;
    const int stride = model.channel_stride;
    for (int k = 0; k < 4 * axis_stride; ++k) d_axis[k] = Real(0);
    for (int k = 0; k < 4 * stride; ++k) d_moments[k] = Real(0);
    for (int m = 0; m < model.n_channels; ++m) {
        Vector<Real> dot[4] = {};
        for (int c = 0; c < axis_stride; c += L) {
            const Vector<Real> d = load(d_descriptor + m * model.n_axis + c);
            for (int k = 0; k < 4; ++k) {
                dot[k] += d * load(axis + k * axis_stride + c);
                Real* to = d_axis + k * axis_stride + c;
                store(to, load(to) + moments[k * stride + m] * d);
            }
        }
        Real sums[4];
        sum_lanes_of_4<Real>(dot, sums);
        for (int k = 0; k < 4; ++k) d_moments[k * stride + m] = sums[k];
    }
    for (int k = 0; k < 4; ++k)
        for (int c = 0; c < model.n_axis; ++c) d_moments[k * stride + c] += d_axis[k * axis_stride + c];
}

}  // namespace dpmd::cpu::DPMD_ISA
