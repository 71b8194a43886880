#pragma once
// se_e2_r as trained: embedding, features D_c = (1/5)(1/N) sum_j G_c(s_j), and the same backwards.
#include "cpu/local/se_r_prepared.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/se_r_slots.hpp"
#include "cpu/tile/stage_clock.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// From normalised environment rows to features; returns the EmbeddedRows.
template <class Real>
const void* forward(const PackedSeR<Real>& descriptor, int center, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    constexpr int L = lanes<Real>;
    const int stride = descriptor.embedding.stride;
    auto* embedded = workspace.take<EmbeddedRows<Real>>(1);
    *embedded = embed_rows(descriptor.embedding, center, rows, workspace);
    clock.ends(Stage::embedding);

    Real* sum = workspace.take<Real>(std::size_t(stride));
    for (int a = 0; a < rows.n_atoms; ++a) {
        for (int c = 0; c < stride; ++c) sum[c] = Real(0);
        for (int t = 0; t < rows.n_types; ++t) {
            for (int r = rows.begin(t, a); r < rows.end(t, a); ++r)
                for (int c = 0; c < stride; c += L)
                    store(sum + c, load(sum + c) + load(embedded->g + std::size_t(r) * std::size_t(stride) + c));
            add_slots(descriptor.sections[std::size_t(center)][std::size_t(t)], rows, t, a, stride, sum);
        }
        for (int c = 0; c < descriptor.embedding.n_channels; ++c)
            features.row(a)[c] = sum[c] * static_cast<Real>(descriptor.factor);
    }
    clock.ends(Stage::descriptor);
    return embedded;
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeR<Real>& descriptor, int center, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const auto& embedded = *static_cast<const EmbeddedRows<Real>*>(taped);
    const int stride = descriptor.embedding.stride, n_channels = descriptor.embedding.n_channels;
    Real* dg = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    for (int a = 0; a < rows.n_atoms; ++a)
        for (int t = 0; t < rows.n_types; ++t)
            for (int r = rows.begin(t, a); r < rows.end(t, a); ++r) {
                Real* to = dg + std::size_t(r) * std::size_t(stride);
                for (int c = 0; c < n_channels; ++c)
                    to[c] = d_features.row(a)[c] * static_cast<Real>(descriptor.factor);
                for (int c = n_channels; c < stride; ++c) to[c] = Real(0);
            }
    clock.ends(Stage::descriptor);
    embed_rows_backward(descriptor.embedding, center, embedded, rows, dg, gradient.component[0], workspace);
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
