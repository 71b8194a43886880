#pragma once
// One tile of atoms forward to their descriptors and the last hidden layer of the fitting net, for those who ask.
#include "cpu/tile/exact_tile.hpp"

namespace dpmd::cpu::DPMD_ISA {

template <class Real>
void copy_row(const Real* from, int n, double* to) {
    for (int k = 0; k < n; ++k) to[k] = double(from[k]);
}

template <class Real>
void describe_tile(const TileArgs<Real>& tile, const TileDescription& to) {
    const SeACenter<Real>& center = tile.model->centers[std::size_t(tile.center_type)];
    Workspace& workspace = *tile.workspace;
    workspace.reset();
    StageClock clock(tile.totals->times);
    const TileRows<Real> rows = pack_tile(tile);
    normalise_rows(center, rows);
    clock.ends(Stage::environment);

    const FittingInput<Real> input = exact_forward(tile, rows, clock).input;
    const FittingTape<Real> tape = fitting_forward(center.fitting, input.n_rows, input.x, input.stride, workspace);
    clock.ends(Stage::fitting);

    const int n_descriptor = input.n_features, n_hidden = center.fitting.layers.back().n_in;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const auto atom = std::size_t(tile.atoms[a]);
        copy_row(input.row(a), n_descriptor, to.descriptors + atom * std::size_t(n_descriptor));
        copy_row(tape.hidden + std::size_t(a) * std::size_t(tape.hidden_stride), n_hidden,
                 to.hidden + atom * std::size_t(to.hidden_stride));
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
