#pragma once
// The last stage of a tile: from the gradient of its rows to forces and virials. The twin of
// cpp/src/cpu/tile/scatter.hpp.
#include "local/rows.hpp"

namespace dpmd::gpu {

/// dE/dR of the rows, as a descriptor leaves it.
template <class Real>
struct RowGradients {
    const Real* components = nullptr;    ///< [n_components][most rows], or null: nothing
    const Real* through_nets = nullptr;  ///< [rows] to be added to the first component, or null: nothing
    const double* difference = nullptr;  ///< [3][most rows] with respect to r_j - r_i beside the rows, or null: nothing
};

template <class Real>
void scatter_rows(Queue& queue, const RowTile<Real>& tile, const RowGradients<Real>& gradients);

}  // namespace dpmd::gpu
