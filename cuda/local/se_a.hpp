#pragma once
// se_e2_a on rows (cpp/src/models/local/se_a.hpp), between embedding and fitting net. The twin of
// cpp/src/cpu/tile/se_a.hpp.
#include "local/parameters.hpp"
#include "local/rows.hpp"

namespace dpmd::gpu {

template <class Real>
struct SeATileArgs : RowTile<Real> {
    int n_channels = 0, stride = 0, n_axis = 0;
    const Real* padding = nullptr;  ///< [n_types][4][stride] the share of an empty slot in the moments before 1/N
    FittingInput<Real> input{};
    Real* g = nullptr;             ///< [rows][stride] embedding
    Real* moments = nullptr;       ///< [n_atoms][4][stride]
    Real* d_moments = nullptr;     ///< [n_atoms][4][stride]
    Real* dg = nullptr;            ///< [rows][stride]
    Real* row_gradient = nullptr;  ///< [4][most rows]
};

/// From rows and embedding to moments and descriptors with parameters.
template <class Real>
void se_a_forward(Queue& queue, const SeATileArgs<Real>& args);
/// From the gradient of the descriptor to that of embedding and rows.
template <class Real>
void se_a_backward(Queue& queue, const SeATileArgs<Real>& args);

}  // namespace dpmd::gpu
