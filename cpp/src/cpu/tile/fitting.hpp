#pragma once
// Stage 5 of a tile: the fitting net on the descriptors of its atoms, forward to energies and back to descriptors.
#include "cpu/local/se_a_model.hpp"
#include "cpu/tile/layer.hpp"

namespace dpmd::cpu::DPMD_ISA {

template <class Real>
struct FittingTape {
    Real** slopes;
    const Real* hidden;  ///< [rows][hidden_stride] what the last layer takes
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

/// dE/dx [rows][in_stride] of the first layer.
template <class Real>
Real* fitting_backward(const PackedNetwork<Real>& network, const FittingTape<Real>& tape, int rows,
                       Workspace& workspace) {
    const PackedLayer<Real>& last = network.layers.back();
    Real* dy = workspace.take<Real>(std::size_t(rows) * std::size_t(last.out_stride));
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < last.out_stride; ++c) dy[r * last.out_stride + c] = Real(c == 0 ? 1 : 0);
    for (std::size_t l = network.layers.size(); l-- > 0;) {
        const PackedLayer<Real>& layer = network.layers[l];
        Real* dx = workspace.take<Real>(std::size_t(rows) * std::size_t(layer.in_stride));
        layer_backward(layer, rows, dy, tape.slopes[l], dx, workspace);
        dy = dx;
    }
    return dy;
}

}  // namespace dpmd::cpu::DPMD_ISA
