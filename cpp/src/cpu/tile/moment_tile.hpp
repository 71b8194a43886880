#pragma once
// One tile of atoms through all stages, forwards and backwards, in moment form.
#include "cpu/tile/energies.hpp"
#include "cpu/tile/moments.hpp"
#include "cpu/tile/scatter.hpp"
#include "cpu/tile/stage_clock.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Whether a neighbour of an atom is nearer than the tables reach.
template <class Real>
bool is_too_close(const TileArgs<Real>& tile, const TileRows<Real>& rows, int atom) {
    const MomentCenter<Real>& center = *tile.model->centers[std::size_t(tile.center_type)].moment;
    for (int t = 0; t < tile.model->n_types; ++t) {
        const int first = rows.begin(t, atom, tile.n_atoms), last = first + rows.size(t, atom, tile.n_atoms);
        const double nearest = center.tables[std::size_t(t)].nearest;
        bool found = false;
        for (int r = first; r < last; ++r) found |= !(rows.distance[r] >= nearest);
        if (found) return true;
    }
    return false;
}

/// From packed rows to forces; returns the number of atoms that it leaves to the exact nets.
template <class Real>
int run_moment_tile(const TileArgs<Real>& whole, TileRows<Real> rows, StageClock& clock, std::int32_t* left) {
    const SeAModel<Real>& model = *whole.model;
    const SeACenter<Real>& full_center = model.centers[std::size_t(whole.center_type)];
    const MomentCenter<Real>& center = *full_center.moment;
    Workspace& workspace = *whole.workspace;
    constexpr int L = lanes<Real>;
    const int n_types = model.n_types, stride = center.stride;

    // atoms with very close neighbours are left
    TileArgs<Real> tile = whole;
    int n_left = 0, n_kept = 0;
    std::int32_t* kept = workspace.take<std::int32_t>(std::size_t(whole.n_atoms));
    for (int a = 0; a < whole.n_atoms; ++a) {
        if (is_too_close(whole, rows, a)) left[n_left++] = whole.atoms[a];
        else kept[n_kept++] = whole.atoms[a];
    }
    if (n_kept == 0) return n_left;
    if (n_left > 0) {
        tile.atoms = kept;
        tile.n_atoms = n_kept;
        rows = pack_tile(tile);
    }
    normalise_rows(full_center, rows);
    const int n_atoms = tile.n_atoms;
    const auto n_rows = std::size_t(rows.n_rows);
    const TablePlaces<Real> places{workspace.take<std::int32_t>(n_rows), workspace.take<Real>(n_rows),
                                   workspace.take<Real>(n_rows)};
    for (int t = 0; t < n_types; ++t)
        if (rows.section_size[t] > 0)
            find_places(center.tables[std::size_t(t)], rows.section[t], rows.section[t] + rows.section_size[t], rows.s,
                        places);
    clock.ends(Stage::environment);

    // 2 moments; empty slots enter as a constant per slot
    const std::size_t moment_size = 4 * std::size_t(stride + L);
    Real* moments = workspace.take<Real>(std::size_t(n_atoms) * moment_size);
    for (int a = 0; a < n_atoms; ++a) {
        Real* m = moments + std::size_t(a) * moment_size;
        for (std::size_t k = 0; k < moment_size; ++k) m[k] = Real(0);
        for (int t = 0; t < n_types; ++t) {
            const int first = rows.begin(t, a, n_atoms), n = rows.size(t, a, n_atoms);
            if (n > 0) add_table_rows(center.tables[std::size_t(t)], stride, first, first + n, places, rows.row, m);
            const auto n_empty = static_cast<Real>(rows.n_empty[t * n_atoms + a]);
            const Array<Real>& padding = center.padding[std::size_t(t)];
            if (n_empty > Real(0) && !padding.empty())
                for (std::size_t k = 0; k < moment_size; ++k) m[k] += n_empty * padding[k];
        }
        for (std::size_t k = 0; k < moment_size; ++k) m[k] *= static_cast<Real>(model.inverse_normalization);
    }
    clock.ends(Stage::embedding);

    // 3 features, in the rows of the fitting net's input
    const FittingInput<Real> input = take_fitting_input(n_atoms, center.n_features, center.fitting, workspace);
    for (int a = 0; a < n_atoms; ++a) {
        moment_features(center.n_basis, center.n_axis, stride, moments + std::size_t(a) * moment_size, input.row(a));
        append_parameters(model, *tile.system, tile.atoms[a], input.row(a) + center.n_features);
    }
    clock.ends(Stage::descriptor);

    // 4 fitting net: energies, and back to the features
    const Real* dx = energies_and_gradient(tile, center.fitting, input);
    const int dx_stride = center.fitting.layers.front().in_stride;
    clock.ends(Stage::fitting);

    // 5 back to the moments
    Real* d_features = workspace.take<Real>(std::size_t(center.n_features + L));
    Real* d_moments = workspace.take<Real>(std::size_t(n_atoms) * moment_size);
    for (int a = 0; a < n_atoms; ++a) {
        Real* d = d_moments + std::size_t(a) * moment_size;
        copy_gradient(dx + std::size_t(a) * std::size_t(dx_stride), center.n_features, d_features);
        moment_features_backward(center.n_basis, center.n_axis, stride, moments + std::size_t(a) * moment_size,
                                 d_features, d);
        for (std::size_t k = 0; k < moment_size; ++k) d[k] *= static_cast<Real>(model.inverse_normalization);
    }
    clock.ends(Stage::descriptor);

    // 6 back to the environment rows
    Real* row_gradient[4];
    for (Real*& component : row_gradient) component = workspace.take<Real>(n_rows);
    const auto scale = static_cast<Real>(1.0 / full_center.inverse_scale[0]);
    for (int t = 0; t < n_types; ++t) {
        for (int a = 0; a < n_atoms; ++a) {
            const int first = rows.begin(t, a, n_atoms), n = rows.size(t, a, n_atoms);
            if (n > 0)
                table_rows_backward(center.tables[std::size_t(t)], stride, first, first + n, places, rows.row,
                                    d_moments + std::size_t(a) * moment_size, scale, row_gradient);
        }
        for (int r = rows.section[t] + rows.section_size[t]; r < rows.section[t + 1]; ++r)
            for (Real* component : row_gradient) component[r] = Real(0);
    }
    clock.ends(Stage::embedding);

    // 7 forces and virials
    scatter_gradients(tile, rows, row_gradient);
    clock.ends(Stage::forces);
    return n_left;
}

/// The same atoms by models that see the same environment; for each, [n_atoms] atoms left and their number.
template <class Real>
void evaluate_moment_tile(const TileArgs<Real>* tiles, int n_models, std::int32_t* left, int* n_left) {
    Workspace& workspace = *tiles->workspace;
    workspace.reset();
    TileRows<Real> rows;
    Workspace::Mark packed{};
    for (int m = 0; m < n_models; ++m) {
        const TileArgs<Real>& tile = tiles[m];
        StageClock clock(tile.totals->times);
        // 1 neighbours and environment rows
        if (m == 0) {
            rows = pack_tile(tile);
            packed = workspace.mark();
        } else {
            workspace.release(packed);
        }
        n_left[m] = run_moment_tile(tile, rows, clock, left + m * tile.n_atoms);
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
