#pragma once
// All stages of one tile of atoms, forwards and backwards: the same for every local model and in every form.
#include "cpu/local/packed_model.hpp"
#include "cpu/tile/bridge.hpp"
#include "cpu/tile/descriptors.hpp"
#include "cpu/tile/fitting.hpp"
#include "cpu/tile/pack.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Whether a neighbour of an atom is nearer than the form allows.
template <class Real>
bool is_too_close(const TileArgs<Real>& tile, const TileRows<Real>* environments, int atom) {
    for (int e = 0; e < tile.n_environments; ++e) {
        const TileRows<Real>& rows = environments[e];
        for (int t = 0; t < rows.n_types; ++t) {
            const double nearest =
                tile.form->nearest[std::size_t((e * rows.n_types + tile.center_type) * rows.n_types + t)];
            bool found = false;
            for (int r = rows.begin(t, atom); r < rows.end(t, atom); ++r) found |= !(rows.distance[r] >= nearest);
            if (found) return true;
        }
    }
    return false;
}

/// Moves the atoms that the form cannot evaluate from the tile to `left`, and returns their number. If there are any,
/// the rows of the others are packed anew.
template <class Real>
int leave_out(TileArgs<Real>& tile, TileRows<Real>*& rows, std::int32_t* left) {
    if (tile.form->nearest.empty()) return 0;
    int n_left = 0, n_kept = 0;
    std::int32_t* kept = tile.workspace->template take<std::int32_t>(std::size_t(tile.n_atoms));
    for (int a = 0; a < tile.n_atoms; ++a) {
        if (is_too_close(tile, rows, a)) left[n_left++] = tile.atoms[a];
        else kept[n_kept++] = tile.atoms[a];
    }
    if (n_left == 0) return 0;
    tile.atoms = kept;
    tile.n_atoms = n_kept;
    if (n_kept > 0) rows = pack_tile(tile);
    return n_left;
}

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
    out.input =
        take_fitting_input(tile.n_atoms, n_features, term.fitting.centers[std::size_t(center)].network, workspace);
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

/// The derivatives of the energies with respect to the normalised rows of an environment, summed over descriptors.
template <class Real>
struct RowGradient {
    Real* component[4];   ///< [n_components][n_rows]
    bool is_set = false;  ///< false: no descriptor has written it yet
};

template <class Real>
void take_components(const TileRows<Real>& rows, Workspace& workspace, RowGradient<Real>& gradient) {
    for (int k = 0; k < rows.n_components; ++k) gradient.component[k] = workspace.take<Real>(std::size_t(rows.n_rows));
}

/// [n_environments]
template <class Real>
RowGradient<Real>* take_row_gradients(const TileArgs<Real>& tile, const TileRows<Real>* rows) {
    auto* out = tile.workspace->template take<RowGradient<Real>>(std::size_t(tile.n_environments));
    for (int e = 0; e < tile.n_environments; ++e) {
        out[e].is_set = false;
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
        RowGradient<Real> own = sum;
        if (sum.is_set) take_components(rows, workspace, own);
        placed.descriptor.visit([&](const auto& one) {
            backward(one, center, described.tapes[d], rows, d_features, own.component, workspace, clock);
            d_features = d_features.behind(one.n_features(center));
        });
        clear_padding(rows, own);
        for (int k = 0; sum.is_set && k < rows.n_components; ++k)
            for (int r = 0; r < rows.n_rows; ++r) sum.component[k][r] += own.component[k][r];
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
        if (gradients[e].is_set) scatter_gradients(tile, tile.environments[e], rows[e], gradients[e].component);
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

template <class Real>
void copy_row(const Real* from, int n, double* to) {
    for (int k = 0; k < n; ++k) to[k] = double(from[k]);
}

/// Runs forwards to the features and the last hidden layer of the first term's fitting net.
template <class Real>
void describe_tile(const TileArgs<Real>& tile, const TileDescription& to) {
    Workspace& workspace = *tile.workspace;
    workspace.reset();
    StageClock clock(tile.totals->times);
    const TileRows<Real>* rows = pack_tile(tile);
    normalise_tile(tile, rows);
    clock.ends(Stage::environment);
    const PackedTerm<Real>& term = tile.form->terms.front();
    const FittingInput<Real> input = describe(tile, rows, term, clock).input;
    const auto& network = term.fitting.centers[std::size_t(tile.center_type)].network;
    const FittingTape<Real> tape =
        fitting_forward(network, input.n_rows, input.features.x, input.features.stride, workspace);
    clock.ends(Stage::fitting);

    const int n_hidden = network.layers.back().n_in;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const auto atom = std::size_t(tile.atoms[a]);
        copy_row(input.features.row(a), input.n_features, to.descriptors + atom * std::size_t(to.descriptor_stride));
        copy_row(tape.hidden + std::size_t(a) * std::size_t(tape.hidden_stride), n_hidden,
                 to.hidden + atom * std::size_t(to.hidden_stride));
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
