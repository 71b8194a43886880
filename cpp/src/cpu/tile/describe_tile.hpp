#pragma once
// The descriptors of a tile's atoms and the last hidden layer of their fitting net, for those who want to see them.
#include "cpu/tile/local_tile.hpp"

namespace dpmd::cpu::DPMD_ISA {

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
    const auto& network = term.fitting.network(tile.center_type);
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
