#pragma once
// The input of the fitting net: a row for each atom of a tile, with the features of its descriptors, then parameters.
#include "cpu/local/packed_model.hpp"
#include "cpu/local/tile_args.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/gemm.hpp"

namespace dpmd::cpu::DPMD_ISA {

template <class Real>
struct FittingInput {
    int n_rows;               ///< in whole micro-tiles, with zero rows after the last atom
    int n_features;           ///< from the descriptors; parameters follow
    Features<Real> features;  ///< one vector may be written past the end of each row
};

template <class Real>
FittingInput<Real> take_fitting_input(int n_atoms, int n_features, const PackedNetwork<Real>& network,
                                      Workspace& workspace) {
    const int n_rows = round_up(n_atoms, row_block), stride = network.layers.front().in_stride + lanes<Real>;
    Real* x = workspace.take<Real>(std::size_t(n_rows) * std::size_t(stride));
    const FittingInput<Real> in{n_rows, n_features, {x, stride}};
    for (int a = n_atoms; a < n_rows; ++a)
        for (int k = 0; k < stride; ++k) in.features.row(a)[k] = Real(0);
    return in;
}

/// Appends frame and atomic parameters and the case embedding to the features of one atom.
template <class Real>
void append_parameters(const PackedFitting<Real>& fitting, const TileSystem& system, std::int32_t atom, Real* to) {
    for (int k = 0; k < fitting.n_fparam; ++k)
        *to++ = static_cast<Real>((system.fparam[k] - fitting.fparam_shift[std::size_t(k)]) *
                                  fitting.fparam_scale[std::size_t(k)]);
    for (int k = 0; k < fitting.n_aparam; ++k)
        *to++ = static_cast<Real>((system.aparam[std::size_t(atom) * std::size_t(fitting.n_aparam) + std::size_t(k)] -
                                   fitting.aparam_shift[std::size_t(k)]) *
                                  fitting.aparam_scale[std::size_t(k)]);
    for (const double value : fitting.case_embedding) *to++ = static_cast<Real>(value);
}

}  // namespace dpmd::cpu::DPMD_ISA
