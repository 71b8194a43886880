#pragma once
// All stages of one tile of atoms, forwards and backwards: the same for every local model and in every form.
#include "cpu/local/packed_model.hpp"
#include "cpu/tile/descriptors.hpp"
#include "cpu/tile/fallback.hpp"
#include "cpu/tile/fitting.hpp"
#include "cpu/tile/pack.hpp"
#include "cpu/tile/scatter.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// The state of a tile whose atoms have features.
template <class Real>
struct Described {
    FittingInput<Real> input;
    const void** tapes;  ///< [n_descriptors] what each descriptor needs in the backward pass
};

/// From normalised environment rows to the input of the fitting net.
template <class Real>
Described<Real> describe(const TileArgs<Real>& tile, const TileRows<Real>& rows, StageClock& clock) {
    const PackedForm<Real>& form = *tile.form;
    const int center = tile.center_type;
    Workspace& workspace = *tile.workspace;
    Described<Real> out;
    int n_features = 0;
    for (const PackedDescriptor<Real>& descriptor : form.descriptors)
        n_features += descriptor.visit([&](const auto& one) { return one.n_features(center); });
    out.input =
        take_fitting_input(tile.n_atoms, n_features, form.fitting.centers[std::size_t(center)].network, workspace);
    out.tapes = workspace.take<const void*>(form.descriptors.size());
    Features<Real> features = out.input.features;
    for (std::size_t d = 0; d < form.descriptors.size(); ++d)
        form.descriptors[d].visit([&](const auto& one) {
            out.tapes[d] = forward(one, center, rows, features, workspace, clock);
            features = features.behind(one.n_features(center));
        });
    for (int a = 0; a < tile.n_atoms; ++a)
        append_parameters(form.fitting, *tile.system, tile.atoms[a], features.row(a));
    return out;
}

/// The derivatives with respect to the normalised rows.
template <class Real>
struct RowGradient {
    Real* component[4];  ///< [n_components][n_rows]
};

template <class Real>
RowGradient<Real> take_row_gradient(const TileRows<Real>& rows, Workspace& workspace) {
    RowGradient<Real> out{};
    for (int k = 0; k < rows.n_components; ++k) out.component[k] = workspace.take<Real>(std::size_t(rows.n_rows));
    return out;
}

/// Sets padding rows to zero.
template <class Real>
void clear_padding(const TileRows<Real>& rows, const RowGradient<Real>& gradient) {
    for (int t = 0; t < rows.n_types; ++t)
        for (int k = 0; k < rows.n_components; ++k)
            for (int r = rows.section[t] + rows.section_size[t]; r < rows.section[t + 1]; ++r)
                gradient.component[k][r] = Real(0);
}

/// From the derivatives of the features to those of the rows, summed over descriptors.
template <class Real>
RowGradient<Real> gradient_of_rows(const TileArgs<Real>& tile, const TileRows<Real>& rows,
                                   const Described<Real>& described, Features<Real> d_features, StageClock& clock) {
    const PackedForm<Real>& form = *tile.form;
    const int center = tile.center_type;
    Workspace& workspace = *tile.workspace;
    const RowGradient<Real> sum = take_row_gradient(rows, workspace);
    for (std::size_t d = 0; d < form.descriptors.size(); ++d) {
        const RowGradient<Real> own = d == 0 ? sum : take_row_gradient(rows, workspace);
        form.descriptors[d].visit([&](const auto& one) {
            backward(one, center, described.tapes[d], rows, d_features, own.component, workspace, clock);
            d_features = d_features.behind(one.n_features(center));
        });
        clear_padding(rows, own);
        for (int k = 0; d > 0 && k < rows.n_components; ++k)
            for (int r = 0; r < rows.n_rows; ++r) sum.component[k][r] += own.component[k][r];
    }
    return sum;
}

/// From packed rows to forces.
template <class Real>
void run_tile(const TileArgs<Real>& tile, const TileRows<Real>& rows, StageClock& clock) {
    normalise_rows(tile.environment->centers[std::size_t(tile.center_type)], rows);
    clock.ends(Stage::environment);
    const Described<Real> described = describe(tile, rows, clock);
    const Features<Real> d_features = energies_and_gradient(tile, described.input);
    clock.ends(Stage::fitting);
    const RowGradient<Real> row_gradient = gradient_of_rows(tile, rows, described, d_features, clock);
    scatter_gradients(tile, rows, row_gradient.component);
    clock.ends(Stage::forces);
}

/// Evaluates the same atoms with models that have the same environment.
template <class Real>
void evaluate_tile(const TileArgs<Real>* tiles, int n_models, std::int32_t* left, int* n_left) {
    Workspace& workspace = *tiles->workspace;
    workspace.reset();
    TileRows<Real> packed;
    Workspace::Mark mark{};
    for (int m = 0; m < n_models; ++m) {
        TileArgs<Real> tile = tiles[m];
        StageClock clock(tile.totals->times);
        if (m == 0) {
            packed = pack_tile(tile);
            mark = workspace.mark();
        } else {
            workspace.release(mark);
        }
        TileRows<Real> rows = packed;
        n_left[m] = leave_out(tile, rows, left + m * tiles[m].n_atoms);
        if (tile.n_atoms > 0) run_tile(tile, rows, clock);
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
