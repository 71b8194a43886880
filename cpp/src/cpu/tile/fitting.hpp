#pragma once
// The fitting net of a tile: from its input rows to energies, and back to the features.
#include "cpu/local/packed_model.hpp"
#include "cpu/tile/faults.hpp"
#include "cpu/tile/fitting_input.hpp"
#include "cpu/tile/layer.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::cpu::DPMD_ISA {

template <class Real>
struct FittingTape {
    Real** slopes;
    const Real* hidden;  ///< [rows][hidden_stride] inputs of the last layer
    int hidden_stride;
    Real* output;  ///< [rows][out_stride], the energy is column 0
};

template <class Real>
FittingTape<Real> fitting_forward(const PackedNetwork<Real>& network, int rows, const Real* x, int x_stride,
                                  Workspace& workspace) {
    const std::size_t n_layers = network.layers.size();
    FittingTape<Real> tape{workspace.take<Real*>(n_layers), nullptr, 0, nullptr};
    for (std::size_t l = 0; l < n_layers; ++l) {
        const PackedLayer<Real>& layer = network.layers[l];
        const std::size_t size = std::size_t(rows) * std::size_t(layer.out_stride);
        tape.hidden = x;
        tape.hidden_stride = x_stride;
        tape.output = workspace.take<Real>(size);
        tape.slopes[l] = workspace.take<Real>(size);
        layer_forward(layer, rows, x, x_stride, tape.output, tape.slopes[l], workspace);
        x = tape.output;
        x_stride = layer.out_stride;
    }
    return tape;
}

/// dE/dx [rows][in_stride] of the first layer. `seeds` [n_atoms]: what the energies count; null: 1.
template <class Real>
Real* fitting_backward(const PackedNetwork<Real>& network, const FittingTape<Real>& tape, int rows, const double* seeds,
                       int n_atoms, Workspace& workspace) {
    const PackedLayer<Real>& last = network.layers.back();
    Real* dy = workspace.take<Real>(std::size_t(rows) * std::size_t(last.out_stride));
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < last.out_stride; ++c) dy[r * last.out_stride + c] = Real(c == 0 ? 1 : 0);
    for (int a = 0; seeds != nullptr && a < n_atoms; ++a) dy[a * last.out_stride] = static_cast<Real>(seeds[a]);
    for (std::size_t l = network.layers.size(); l-- > 0;) {
        const PackedLayer<Real>& layer = network.layers[l];
        Real* dx = workspace.take<Real>(std::size_t(rows) * std::size_t(layer.in_stride));
        layer_backward(layer, rows, dy, tape.slopes[l], dx, workspace);
        dy = dx;
    }
    return dy;
}

/// Adds to the energy of atom number a of the tile.
template <class Real>
void add_energy(const TileArgs<Real>& tile, int a, double energy) {
    if (!fixed_in_range(energy, fixed_term_limit)) {
        report(tile.totals->status, {EvaluateFault::energy_not_finite, tile.atoms[a], -1, -1, 0, energy});
        energy = 0;
    }
    tile.system->atom_energies[tile.atoms[a]] += energy;
    tile.totals->energy.add(energy);
}

/// What the nets of a bridged model count for the atoms of a tile, and what they give, [n_atoms].
struct NetShare {
    const double* share = nullptr;  ///< null: all, and energies are not asked for
    double* energies = nullptr;     ///< eV, added here before the share is taken
};

/// Adds a term's energies of the tile's atoms and returns dE/d(features). The features are overwritten.
template <class Real>
Features<Real> energies_and_gradient(const TileArgs<Real>& tile, const PackedFitting<Real>& fitting,
                                     const FittingInput<Real>& in, const NetShare& share) {
    const auto& center = fitting.centers[std::size_t(tile.center_type)];
    const PackedNetwork<Real>& network = fitting.network(tile.center_type);
    const Features<Real>& features = in.features;
    Workspace& workspace = *tile.workspace;
    const FittingTape<Real> tape = fitting_forward(network, in.n_rows, features.x, features.stride, workspace);
    Real* gradient = fitting_backward(network, tape, in.n_rows, share.share, tile.n_atoms, workspace);
    const Real* vacuum = nullptr;
    if (center.subtract_vacuum) {
        for (int a = 0; a < tile.n_atoms; ++a)
            for (int k = 0; k < in.n_features; ++k) features.row(a)[k] = Real(0);
        vacuum = fitting_forward(network, in.n_rows, features.x, features.stride, workspace).output;
    }
    const int out_stride = network.layers.back().out_stride;
    for (int a = 0; a < tile.n_atoms; ++a) {
        double energy = double(tape.output[a * out_stride]) + center.energy_shift;
        if (vacuum) energy -= double(vacuum[a * out_stride]);
        if (share.share != nullptr) {
            share.energies[a] += energy;
            energy *= share.share[a];
        }
        add_energy(tile, a, energy);
    }
    return {gradient, network.layers.front().in_stride};
}

}  // namespace dpmd::cpu::DPMD_ISA
