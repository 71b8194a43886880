#pragma once
// se_e2_a as trained: embedding, moments A = (1/N) sum_j R_j (x) G_j, features D = A (A_<)^T (Zhang et al.,
// DeepPot-SE), and the same backwards.
#include "cpu/local/se_a_prepared.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/moments.hpp"
#include "cpu/tile/stage_clock.hpp"

namespace dpmd::cpu::DPMD_ISA {

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
            accumulate_moments<4>(rows.begin(t, a), rows.end(t, a), rows.row, tape->embedded.g, stride, m);
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
        copy_axis<4>(tape->moments_of(a), plain_weights<Real>, stride, descriptor.n_axis, tape->axis_stride,
                     tape->axis_of(a));
        contract_moments<4>(descriptor.embedding.n_channels, descriptor.n_axis, tape->moments_of(a), stride,
                            tape->axis_of(a), tape->axis_stride, features.row(a));
    }
    clock.ends(Stage::descriptor);
    return tape;
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeA<Real>& descriptor, int center, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const auto& tape = *static_cast<const SeATape<Real>*>(taped);
    const int stride = tape.stride, n_features = descriptor.n_features(center);
    Real* dg = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    Real* d_moments = workspace.take<Real>(4 * std::size_t(stride));
    Real* d_axis = workspace.take<Real>(4 * std::size_t(tape.axis_stride));
    Real* of_atom = workspace.take<Real>(std::size_t(n_features) + std::size_t(lanes<Real>));
    for (int a = 0; a < rows.n_atoms; ++a) {
        copy_gradient(d_features.row(a), n_features, of_atom);
        contract_moments_backward<4>(descriptor.embedding.n_channels, descriptor.n_axis, tape.moments_of(a),
                                     plain_weights<Real>, stride, tape.axis_of(a), tape.axis_stride, of_atom, d_axis,
                                     d_moments);
        for (int k = 0; k < 4 * stride; ++k) d_moments[k] *= static_cast<Real>(descriptor.inverse_normalization);
        for (int t = 0; t < rows.n_types; ++t)
            moments_backward<4>(rows.begin(t, a), rows.end(t, a), rows.row, tape.embedded.g, stride, d_moments, dg,
                                gradient.component);
    }
    clock.ends(Stage::descriptor);

    // the way through the nets ends at the radial component
    Real* ds = workspace.take<Real>(std::size_t(rows.n_rows));
    embed_rows_backward(descriptor.embedding, center, tape.embedded, rows, dg, ds, workspace);
    for (int t = 0; t < rows.n_types; ++t)
        for (int r = rows.section[t]; r < rows.section[t] + rows.section_size[t]; ++r)
            gradient.component[0][r] += ds[r];
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
