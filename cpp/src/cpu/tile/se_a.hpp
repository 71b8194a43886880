#pragma once
// se_e2_a as trained: embedding, moments A = (1/N) sum_j R_j (x) G_j, features D = A (A_<)^T (Zhang et al.,
// DeepPot-SE), and the same backwards. A is kept component-major, [4][channel_stride], so that channels fill the lanes.
#include "cpu/local/se_a_prepared.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/lane_sums.hpp"
#include "cpu/tile/stage_clock.hpp"

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

/// features [n_channels * n_axis] of one atom; may write up to one vector beyond their end.
template <class Real>
void contract_moments(const PackedSeA<Real>& descriptor, const Real* moments, const Real* axis, int axis_stride,
                      Real* features) {
    constexpr int L = lanes<Real>;
    const int stride = descriptor.embedding.stride;
    for (int m = 0; m < descriptor.embedding.n_channels; ++m)
        for (int c = 0; c < axis_stride; c += L) {
            Vector<Real> sum{};
            for (int k = 0; k < 4; ++k) sum += moments[k * stride + m] * load(axis + k * axis_stride + c);
            store(features + m * descriptor.n_axis + c, sum);
        }
}

/// d_moments [4][stride] from the derivatives of the features; `d_features` is readable one vector beyond its end and
/// finite there.
template <class Real>
void contract_moments_backward(const PackedSeA<Real>& descriptor, const Real* moments, const Real* axis,
                               int axis_stride, const Real* d_features, Real* d_axis, Real* d_moments) {
    constexpr int L = lanes<Real>;
    const int stride = descriptor.embedding.stride;
    for (int k = 0; k < 4 * axis_stride; ++k) d_axis[k] = Real(0);
    for (int k = 0; k < 4 * stride; ++k) d_moments[k] = Real(0);
    for (int m = 0; m < descriptor.embedding.n_channels; ++m) {
        Vector<Real> dot[4] = {};
        for (int c = 0; c < axis_stride; c += L) {
            const Vector<Real> d = load(d_features + m * descriptor.n_axis + c);
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
        for (int c = 0; c < descriptor.n_axis; ++c) d_moments[k * stride + c] += d_axis[k * axis_stride + c];
}

/// What the way back needs.
template <class Real>
struct SeATape {
    EmbeddedRows<Real> embedded;
    Real* moments;  ///< [n_atoms][4][stride]
    Real* axis;     ///< [n_atoms][4][axis_stride] their first channels
    int stride, axis_stride;

    Real* moments_of(int atom) const { return moments + std::size_t(atom) * 4 * std::size_t(stride); }
    Real* axis_of(int atom) const { return axis + std::size_t(atom) * 4 * std::size_t(axis_stride); }
};

/// From normalised environment rows to features; returns a SeATape.
template <class Real>
const void* forward(const PackedSeA<Real>& descriptor, int center, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    const int n_atoms = rows.n_atoms, stride = descriptor.embedding.stride;
    auto* tape = workspace.take<SeATape<Real>>(1);
    tape->embedded = embed_rows(descriptor.embedding, center, rows, workspace);
    clock.ends(Stage::embedding);

    // moments; empty slots enter as a constant per slot
    tape->stride = stride;
    tape->moments = workspace.take<Real>(std::size_t(n_atoms) * 4 * std::size_t(stride));
    const std::vector<Array<Real>>& padding = descriptor.padding[std::size_t(center)];
    for (int a = 0; a < n_atoms; ++a) {
        Real* m = tape->moments_of(a);
        for (int k = 0; k < 4 * stride; ++k) m[k] = Real(0);
        for (int t = 0; t < rows.n_types; ++t) {
            accumulate_moments(rows.begin(t, a), rows.end(t, a), rows.row, tape->embedded.g, stride, m);
            const auto n_empty = static_cast<Real>(rows.empty_slots(t, a));
            const Array<Real>& slot = padding[std::size_t(t)];
            if (!slot.empty() && n_empty > Real(0))
                for (int k = 0; k < 4 * stride; ++k) m[k] += n_empty * slot[std::size_t(k)];
        }
        for (int k = 0; k < 4 * stride; ++k) m[k] *= static_cast<Real>(descriptor.inverse_normalization);
    }

    tape->axis_stride = round_up(descriptor.n_axis, lanes<Real>);
    tape->axis = workspace.take<Real>(std::size_t(n_atoms) * 4 * std::size_t(tape->axis_stride));
    for (int a = 0; a < n_atoms; ++a) {
        copy_axis(tape->moments_of(a), stride, descriptor.n_axis, tape->axis_stride, tape->axis_of(a));
        contract_moments(descriptor, tape->moments_of(a), tape->axis_of(a), tape->axis_stride, features.row(a));
    }
    clock.ends(Stage::descriptor);
    return tape;
}

/// row_gradient [4][n_rows] of the rows of atoms from the derivatives of the features.
template <class Real>
void backward(const PackedSeA<Real>& descriptor, int center, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, Real* const row_gradient[4], Workspace& workspace, StageClock& clock) {
    const auto& tape = *static_cast<const SeATape<Real>*>(taped);
    const int stride = tape.stride, n_features = descriptor.n_features(center);
    Real* dg = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    Real* d_moments = workspace.take<Real>(4 * std::size_t(stride));
    Real* d_axis = workspace.take<Real>(4 * std::size_t(tape.axis_stride));
    Real* of_atom = workspace.take<Real>(std::size_t(n_features) + std::size_t(lanes<Real>));
    for (int a = 0; a < rows.n_atoms; ++a) {
        copy_gradient(d_features.row(a), n_features, of_atom);
        contract_moments_backward(descriptor, tape.moments_of(a), tape.axis_of(a), tape.axis_stride, of_atom, d_axis,
                                  d_moments);
        for (int k = 0; k < 4 * stride; ++k) d_moments[k] *= static_cast<Real>(descriptor.inverse_normalization);
        for (int t = 0; t < rows.n_types; ++t)
            moments_backward(rows.begin(t, a), rows.end(t, a), rows.row, tape.embedded.g, stride, d_moments, dg,
                             row_gradient);
    }
    clock.ends(Stage::descriptor);

    // the way through the nets ends at the radial component
    Real* ds = workspace.take<Real>(std::size_t(rows.n_rows));
    embed_rows_backward(descriptor.embedding, center, tape.embedded, rows, dg, ds, workspace);
    for (int t = 0; t < rows.n_types; ++t)
        for (int r = rows.section[t]; r < rows.section[t] + rows.section_size[t]; ++r) row_gradient[0][r] += ds[r];
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
