#pragma once
// The switch w of the rows of a tile, for descriptors that take it beside the rows, and the way back to the difference.
#include "cpu/tile/rows.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// w of a row and its derivative with respect to the distance; `protection` as in the rows.
template <class Real>
DPMD_HD ValueSlope<double> switch_of_row(const TileRows<Real>& rows, int row, double protection) {
    const double reach = rows.distance[row] + protection;
    return {rows.s[row] * reach, rows.s_slope[row] * reach + rows.s[row]};
}

/// Gradients of all rows beside those of their components, set to 0.
template <class Real>
void clear_difference(const TileRows<Real>& rows, RowGradient<Real>& gradient, Workspace& workspace) {
    for (double*& component : gradient.difference) {
        component = workspace.take<double>(std::size_t(rows.n_rows));
        for (int r = 0; r < rows.n_rows; ++r) component[r] = 0;
    }
}

/// Adds dE/d(distance) of a row to the gradient of its difference.
template <class Real>
DPMD_HD void add_along_difference(const TileRows<Real>& rows, int row, double slope, RowGradient<Real>& gradient) {
    const double over_r = slope / rows.distance[row];
    for (int b = 0; b < 3; ++b) gradient.difference[b][row] += over_r * rows.difference[b][row];
}

}  // namespace dpmd::cpu::DPMD_ISA
