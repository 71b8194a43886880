#pragma once
// The fitting net on a tile: from features to energies, and back to dE/d(features).
#include "local/bridged_atom.hpp"
#include "local/parameters.hpp"
#include "local/system.hpp"
#include "nets/gemm_tuner.hpp"
#include "scratch.hpp"

namespace dpmd::gpu {

/// Scratch of the fitting net for some rows.
template <class Real>
struct FittingScratch {
    Real* input = nullptr;              ///< [rows][in_stride] features, then parameters
    Real* gradient = nullptr;           ///< [rows][in_stride] out: dE/d(input)
    std::vector<Real*> output, slope;   ///< per layer but the last
    Real *dy = nullptr, *dx = nullptr;  ///< [rows][widest]
    double* vacuum = nullptr;           ///< [rows] energy without features

    /// Takes it from `scratch`.
    FittingScratch(Scratch& scratch, const DeviceNetwork<Real>& network, std::int64_t rows);

    /// The input as a descriptor sees it, whose features begin behind `first` others.
    FittingInput<Real> view(const DeviceNetwork<Real>& network, int first, int n_features, bool is_last,
                            const ParameterView& parameters) const {
        const int stride = network.in_stride();
        return {n_features, is_last ? stride - first : n_features, stride, input + first, gradient + first, parameters};
    }
};

template <class Real>
struct EnergyArgs {
    AtomTile tile;
    LayerView<Real> layer;               ///< the last
    const std::int32_t* kept = nullptr;  ///< [n_atoms] 0: not this atom; null: all
    double shift = 0;                    ///< eV
    const double* vacuum = nullptr;      ///< [n_atoms] to subtract, or null
    double* only_values = nullptr;       ///< [n_atoms] write the net's output there and do nothing else
    const Real* x = nullptr;             ///< [n_atoms][x_stride] input of the last layer
    int x_stride = 0;
    Real* dx = nullptr;              ///< [n_atoms][layer.in_stride] out
    BridgedAtom* bridged = nullptr;  ///< [n_atoms] which give the nets a share, and take their energies; or null
};

/// Energies of the tile's atoms; leaves the gradient in scratch.gradient. The first `n_features` values of
/// the input are cleared where the vacuum is subtracted.
template <class Real>
void run_fitting(GemmTuner& gemm, const DeviceNetwork<Real>& network, EnergyArgs<Real> args, bool subtract_vacuum,
                 int n_features, const FittingScratch<Real>& scratch);

}  // namespace dpmd::gpu
