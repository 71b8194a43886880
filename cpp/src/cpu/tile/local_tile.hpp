#pragma once
// All stages of one tile of atoms, forwards and backwards: the same for every local model and in every form.
#include "cpu/local/packed_model.hpp"
#include "cpu/tile/bridge.hpp"
#include "cpu/tile/descriptors.hpp"
#include "cpu/tile/fallback.hpp"
#include "cpu/tile/fitting.hpp"
#include "cpu/tile/pack.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// A tile's atoms with their features for one term.
template <class Real>
struct Described {
    FittingInput<Real> input;
    const void** tapes;  ///< [n_descriptors] what each descriptor needs in the backward pass
};

/// From normalised environment rows, [n_environments], to the input of a term's fitting net.
template <class Real>
Described<Real> describe(const TileArgs<Real>& tile, const TileRows<Real>* rows, const PackedTerm<Real>& term,
                         StageClock& clock) {
    const int center = tile.center_type;
    Workspace& workspace = *tile.workspace;
    Described<Real> out;
    int n_features = 0;
    for (const PlacedDescriptor<Real>& placed : term.descriptors)
        n_features += placed.descriptor.visit([&](const auto& one) { return one.n_features(center); });
    out.input = take_fitting_input(tile.n_atoms, n_features, term.fitting.network(center), workspace);
    out.tapes = workspace.take<const void*>(term.descriptors.size());
    Features<Real> features = out.input.features;
    for (std::size_t d = 0; d < term.descriptors.size(); ++d) {
        const PlacedDescriptor<Real>& placed = term.descriptors[d];
        placed.descriptor.visit([&](const auto& one) {
            out.tapes[d] = forward(one, center, rows[placed.environment], features, workspace, clock);
            features = features.behind(one.n_features(center));
        });
    }
    for (int a = 0; a < tile.n_atoms; ++a)
        append_parameters(term.fitting, *tile.system, tile.atoms[a], features.row(a));
    return out;
}

template <class Real>
void take_components(const TileRows<Real>& rows, Workspace& workspace, RowGradient<Real>& gradient) {
    for (int k = 0; k < rows.n_components; ++k) gradient.component[k] = workspace.take<Real>(std::size_t(rows.n_rows));
}

/// Gradients of the rows of all environments, [n_environments], not set yet.
template <class Real>
RowGradient<Real>* take_row_gradients(const TileArgs<Real>& tile, const TileRows<Real>* rows) {
    auto* out = tile.workspace->template take<RowGradient<Real>>(std::size_t(tile.n_environments));
    for (int e = 0; e < tile.n_environments; ++e) {
        out[e] = {};
        take_components(rows[e], *tile.workspace, out[e]);
    }
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

/// sum += own
template <class Real>
void add_gradient(const TileRows<Real>& rows, const RowGradient<Real>& own, RowGradient<Real>& sum) {
    for (int k = 0; k < rows.n_components; ++k)
        for (int r = 0; r < rows.n_rows; ++r) sum.component[k][r] += own.component[k][r];
    for (int b = 0; b < 3; ++b) {
        if (sum.difference[b] == nullptr) sum.difference[b] = own.difference[b];
        else
            for (int r = 0; r < rows.n_rows && own.difference[b] != nullptr; ++r)
                sum.difference[b][r] += own.difference[b][r];
    }
}

/// From the derivatives of a term's features to those of the rows, which are added to `sums` [n_environments].
template <class Real>
void add_row_gradients(const TileArgs<Real>& tile, const TileRows<Real>* environments, const PackedTerm<Real>& term,
                       const Described<Real>& described, Features<Real> d_features, RowGradient<Real>* sums,
                       StageClock& clock) {
    const int center = tile.center_type;
    Workspace& workspace = *tile.workspace;
    for (std::size_t d = 0; d < term.descriptors.size(); ++d) {
        const PlacedDescriptor<Real>& placed = term.descriptors[d];
        const TileRows<Real>& rows = environments[placed.environment];
        RowGradient<Real>& sum = sums[placed.environment];
        RowGradient<Real> own = {};
        if (sum.is_set) take_components(rows, workspace, own);
        else own = sum;
        placed.descriptor.visit([&](const auto& one) {
            backward(one, center, described.tapes[d], rows, d_features, own, workspace, clock);
            d_features = d_features.behind(one.n_features(center));
        });
        clear_padding(rows, own);
        if (sum.is_set) add_gradient(rows, own, sum);
        else sum = own;
        sum.is_set = true;
    }
}

/// The rows of all environments get the model's normalisation.
template <class Real>
void normalise_tile(const TileArgs<Real>& tile, const TileRows<Real>* rows) {
    for (int e = 0; e < tile.n_environments; ++e)
        if (rows[e].n_components > 0)
            normalise_rows(tile.environments[e].centers[std::size_t(tile.center_type)], rows[e]);
}

/// The nets of all terms, from normalised rows to forces.
template <class Real>
void run_nets(const TileArgs<Real>& tile, const TileRows<Real>* rows, const NetShare& share, StageClock& clock) {
    RowGradient<Real>* gradients = take_row_gradients(tile, rows);
    for (const PackedTerm<Real>& term : tile.form->terms) {
        if (term.is_silent[std::size_t(tile.center_type)]) continue;
        const Described<Real> described = describe(tile, rows, term, clock);
        const Features<Real> d_features = energies_and_gradient(tile, term.fitting, described.input, share);
        clock.ends(Stage::fitting);
        add_row_gradients(tile, rows, term, described, d_features, gradients, clock);
    }
    for (int e = 0; e < tile.n_environments; ++e)
        if (gradients[e].is_set) scatter_gradients(tile, tile.environments[e], rows[e], gradients[e]);
}

/// From packed rows to forces.
template <class Real>
void run_tile(const TileArgs<Real>& tile, const TileRows<Real>* rows, StageClock& clock) {
    const PackedForm<Real>& form = *tile.form;
    normalise_tile(tile, rows);
    clock.ends(Stage::environment);
    if (form.is_bridged) {
        const TileRows<Real>& seen = rows[form.pair_tables.front().environment];
        const BridgedTable bridged = begin_bridge(tile, seen);
        clock.ends(Stage::fitting);
        run_nets(tile, rows, {bridged.net_share, bridged.net_energies}, clock);
        finish_bridge(tile, seen, bridged);
    } else {
        run_nets(tile, rows, {}, clock);
        for (const PackedPairTable& table : form.pair_tables) add_pair_table(tile, table, rows[table.environment]);
    }
    clock.ends(Stage::forces);
}

/// Evaluates the same atoms with models that have the same environments.
template <class Real>
void evaluate_tile(const TileArgs<Real>* tiles, int n_models, std::int32_t* left, int* n_left) {
    Workspace& workspace = *tiles->workspace;
    workspace.reset();
    TileRows<Real>* packed = nullptr;
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
        TileRows<Real>* rows = packed;
        n_left[m] = leave_out(tile, rows, left + m * tiles[m].n_atoms);
        if (tile.n_atoms > 0) run_tile(tile, rows, clock);
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
