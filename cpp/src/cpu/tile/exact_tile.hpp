#pragma once
// One tile of atoms through all stages, forwards and backwards, with the embedding nets as they were trained.
#include "cpu/tile/descriptor.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/energies.hpp"
#include "cpu/tile/scatter.hpp"
#include "cpu/tile/stage_clock.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// What a tile holds when its atoms have descriptors: the input of the fitting net, and what the way back needs.
template <class Real>
struct ExactForward {
    Real* g;                     ///< [n_rows][channel_stride] outputs of the embedding nets
    EmbeddingTape<Real>* tapes;  ///< [n_types]
    Real* moments;               ///< [n_atoms][4][channel_stride]
    Real* axis;                  ///< [n_atoms][4][axis_stride] their first channels
    int axis_stride;
    FittingInput<Real> input;

    const Real* moments_of(int atom, int stride) const { return moments + std::size_t(atom) * 4 * std::size_t(stride); }
    Real* axis_of(int atom) const { return axis + std::size_t(atom) * 4 * std::size_t(axis_stride); }
};

/// From normalised environment rows to descriptors.
template <class Real>
ExactForward<Real> exact_forward(const TileArgs<Real>& tile, const TileRows<Real>& rows, StageClock& clock) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    Workspace& workspace = *tile.workspace;
    const int n_atoms = tile.n_atoms, n_types = model.n_types, stride = model.channel_stride;
    ExactForward<Real> out;

    // 2 embedding
    out.g = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    out.tapes = workspace.take<EmbeddingTape<Real>>(std::size_t(n_types));
    for (int t = 0; t < n_types; ++t) {
        const int first = rows.section[t], n = rows.section[t + 1] - first;
        if (n > 0)
            out.tapes[t] = embedding_forward(*center.sections[std::size_t(t)].network, n, rows.row[0] + first,
                                             out.g + std::size_t(first) * std::size_t(stride), workspace);
    }
    clock.ends(Stage::embedding);

    // 3 moments; empty slots enter as a constant per slot
    out.moments = workspace.take<Real>(std::size_t(n_atoms) * 4 * std::size_t(stride));
    for (int a = 0; a < n_atoms; ++a) {
        Real* m = out.moments + std::size_t(a) * 4 * std::size_t(stride);
        for (int k = 0; k < 4 * stride; ++k) m[k] = Real(0);
        for (int t = 0; t < n_types; ++t) {
            const SeASection<Real>& section = center.sections[std::size_t(t)];
            const int first = rows.begin(t, a, n_atoms);
            accumulate_moments(first, first + rows.size(t, a, n_atoms), rows.row, out.g, stride, m);
            const auto n_empty = static_cast<Real>(rows.n_empty[t * n_atoms + a]);
            if (section.has_padding && n_empty > Real(0))
                for (int k = 0; k < 4 * stride; ++k) m[k] += n_empty * section.padding[std::size_t(k)];
        }
        for (int k = 0; k < 4 * stride; ++k) m[k] *= static_cast<Real>(model.inverse_normalization);
    }

    // 4 descriptors, in the rows of the fitting net's input
    const int n_descriptor = model.n_channels * model.n_axis;
    out.axis_stride = round_up(model.n_axis, lanes<Real>);
    out.axis = workspace.take<Real>(std::size_t(n_atoms) * 4 * std::size_t(out.axis_stride));
    out.input = take_fitting_input(n_atoms, n_descriptor, center.fitting, workspace);
    for (int a = 0; a < n_atoms; ++a) {
        const Real* m = out.moments_of(a, stride);
        copy_axis(m, stride, model.n_axis, out.axis_stride, out.axis_of(a));
        descriptor_forward(model, m, out.axis_of(a), out.axis_stride, out.input.row(a));
        append_parameters(model, *tile.system, tile.atoms[a], out.input.row(a) + n_descriptor);
    }
    clock.ends(Stage::descriptor);
    return out;
}

/// From normalised environment rows to forces.
template <class Real>
void run_exact_tile(const TileArgs<Real>& tile, const TileRows<Real>& rows, StageClock& clock) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    Workspace& workspace = *tile.workspace;
    const int n_atoms = tile.n_atoms, n_types = model.n_types, stride = model.channel_stride;
    const ExactForward<Real> forward = exact_forward(tile, rows, clock);
    const int axis_stride = forward.axis_stride, n_descriptor = forward.input.n_features;

    // 5 fitting net: energies, and back to the descriptors
    const Real* dx = energies_and_gradient(tile, center.fitting, forward.input);
    const int dx_stride = center.fitting.layers.front().in_stride;
    clock.ends(Stage::fitting);

    // 6 back through descriptor, moments and embedding to the environment rows
    Real* dg = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    const auto dg_of = [&](int row) { return dg + std::size_t(row) * std::size_t(stride); };
    Real* row_gradient[4];
    for (Real*& component : row_gradient) component = workspace.take<Real>(std::size_t(rows.n_rows));
    Real* d_moments = workspace.take<Real>(4 * std::size_t(stride));
    Real* d_axis = workspace.take<Real>(4 * std::size_t(axis_stride));
    Real* d_descriptor = workspace.take<Real>(std::size_t(n_descriptor) + std::size_t(lanes<Real>));
    for (int a = 0; a < n_atoms; ++a) {
        copy_gradient(dx + std::size_t(a) * std::size_t(dx_stride), n_descriptor, d_descriptor);
        descriptor_backward(model, forward.moments_of(a, stride), forward.axis_of(a), axis_stride, d_descriptor, d_axis,
                            d_moments);
        for (int k = 0; k < 4 * stride; ++k) d_moments[k] *= static_cast<Real>(model.inverse_normalization);
        for (int t = 0; t < n_types; ++t) {
            const int first = rows.begin(t, a, n_atoms);
            moments_backward(first, first + rows.size(t, a, n_atoms), rows.row, forward.g, stride, d_moments, dg,
                             row_gradient);
        }
    }
    clock.ends(Stage::descriptor);
    Real* ds = workspace.take<Real>(std::size_t(rows.n_rows));
    for (int t = 0; t < n_types; ++t) {
        const int begin = rows.section[t], end = begin + rows.section_size[t], next = rows.section[t + 1];
        if (next == begin) continue;
        for (int r = end; r < next; ++r) {
            for (int c = 0; c < stride; ++c) dg_of(r)[c] = Real(0);
            for (Real* component : row_gradient) component[r] = Real(0);
        }
        embedding_backward(*center.sections[std::size_t(t)].network, forward.tapes[t], next - begin,
                           rows.row[0] + begin, dg_of(begin), ds + begin, workspace);
        for (int r = begin; r < end; ++r) row_gradient[0][r] += ds[r];
    }
    clock.ends(Stage::embedding);

    // 7 forces and virials
    scatter_gradients(tile, rows, row_gradient);
    clock.ends(Stage::forces);
}

/// The same atoms by models that see the same environment.
template <class Real>
void evaluate_tile(const TileArgs<Real>* tiles, int n_models) {
    Workspace& workspace = *tiles->workspace;
    workspace.reset();
    TileRows<Real> rows;
    Workspace::Mark packed{};
    for (const TileArgs<Real>* tile = tiles; tile < tiles + n_models; ++tile) {
        StageClock clock(tile->totals->times);
        // 1 neighbours and environment rows
        if (tile == tiles) {
            rows = pack_tile(*tile);
            packed = workspace.mark();
        } else {
            workspace.release(packed);
        }
        normalise_rows(tile->model->centers[std::size_t(tile->center_type)], rows);
        clock.ends(Stage::environment);
        run_exact_tile(*tile, rows, clock);
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
