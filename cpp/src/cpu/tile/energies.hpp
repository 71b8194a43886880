#pragma once
// Stage 5 of a tile: the fitting net on the descriptors of its atoms, their energies, and dE back to the descriptors.
#include "cpu/tile/fitting.hpp"
#include "cpu/tile/pack.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Frame and atomic parameters and the case embedding, behind the descriptor of one atom.
template <class Real>
void append_parameters(const SeAModel<Real>& model, const TileSystem& system, std::int32_t atom, Real* to) {
    for (int k = 0; k < model.n_fparam; ++k)
        *to++ = static_cast<Real>((system.fparam[k] - model.fparam_shift[std::size_t(k)]) *
                                  model.fparam_scale[std::size_t(k)]);
    for (int k = 0; k < model.n_aparam; ++k)
        *to++ = static_cast<Real>((system.aparam[std::size_t(atom) * std::size_t(model.n_aparam) + std::size_t(k)] -
                                   model.aparam_shift[std::size_t(k)]) *
                                  model.aparam_scale[std::size_t(k)]);
    for (const double value : model.case_embedding) *to++ = static_cast<Real>(value);
}

/// Input rows of the fitting net.
template <class Real>
struct FittingInput {
    int n_rows;      ///< in whole micro-tiles, zero rows behind the last atom
    int stride;      ///< one vector may be written behind the end of each row
    int n_features;  ///< what the descriptor gives; parameters follow
    Real* x;

    Real* row(int atom) const { return x + std::size_t(atom) * std::size_t(stride); }
};

template <class Real>
FittingInput<Real> take_fitting_input(int n_atoms, int n_features, const PackedNetwork<Real>& fitting,
                                      Workspace& workspace) {
    FittingInput<Real> in;
    in.n_rows = round_up(n_atoms, row_block);
    in.stride = fitting.layers.front().in_stride + lanes<Real>;
    in.n_features = n_features;
    in.x = workspace.take<Real>(std::size_t(in.n_rows) * std::size_t(in.stride));
    for (int a = n_atoms; a < in.n_rows; ++a)
        for (int k = 0; k < in.stride; ++k) in.row(a)[k] = Real(0);
    return in;
}

/// Writes the energies of the tile and returns dE/dx, [n_rows][in_stride of the first layer].
template <class Real>
Real* energies_and_gradient(const TileArgs<Real>& tile, const PackedNetwork<Real>& fitting,
                            const FittingInput<Real>& in) {
    const SeACenter<Real>& center = tile.model->centers[std::size_t(tile.center_type)];
    Workspace& workspace = *tile.workspace;
    const FittingTape<Real> tape = fitting_forward(fitting, in.n_rows, in.x, in.stride, workspace);
    Real* gradient = fitting_backward(fitting, tape, in.n_rows, workspace);
    const Real* vacuum = nullptr;
    if (center.subtract_vacuum) {
        for (int a = 0; a < tile.n_atoms; ++a)
            for (int k = 0; k < in.n_features; ++k) in.row(a)[k] = Real(0);
        vacuum = fitting_forward(fitting, in.n_rows, in.x, in.stride, workspace).output;
    }
    const int out_stride = fitting.layers.back().out_stride;
    for (int a = 0; a < tile.n_atoms; ++a) {
        double energy = double(tape.output[a * out_stride]) + center.energy_shift;
        if (vacuum) energy -= double(vacuum[a * out_stride]);
        if (!fixed_in_range(energy, fixed_term_limit)) {
            report(tile.totals->status, {EvaluateFault::energy_not_finite, tile.atoms[a], -1, -1, 0, energy});
            energy = 0;
        }
        tile.system->atom_energies[tile.atoms[a]] = energy;
        tile.totals->energy.add(energy);
    }
    return gradient;
}

/// The gradient of one atom's features with zeros behind it: what is read past its end must not come from another atom,
/// whose values may be no numbers.
template <class Real>
void copy_gradient(const Real* from, int n_features, Real* to) {
    for (int k = 0; k < n_features; ++k) to[k] = from[k];
    for (int k = 0; k < lanes<Real>; ++k) to[n_features + k] = Real(0);
}

}  // namespace dpmd::cpu::DPMD_ISA
