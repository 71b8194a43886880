#pragma once
// Where a compressed embedding net looks up its piecewise quintic polynomial (Lu et al., JCTC 2022, DP Compress):
// a fine grid on [lower, upper), a coarse one on [upper, max).
#include "math/hd.hpp"

namespace dpmd {

struct TableGrid {
    double lower, upper, max;   ///< range of the normalised radial component
    double stride0, stride1;    ///< spacing of the fine and of the coarse grid
    int n_fine, n_rows;         ///< rows of the fine grid, rows in all
    bool linear_extrapolation;  ///< beyond the ends: continue linearly, or hold the end value
};

/// Row of the table and the polynomial's argument in it. Outside the grid `beyond` is the signed distance past its end;
/// the argument is then that end or, with clamping as in DeePMD-kit before 3.2, the left knot of the end row.
struct TablePlace {
    int row;
    double argument, beyond;
};

DPMD_HD TablePlace table_place(double x, const TableGrid& grid) {
    if (x < grid.lower) return {0, 0.0, x - grid.lower};
    if (x < grid.upper) {
        const int row = static_cast<int>((x - grid.lower) / grid.stride0);
        return {row, x - (row * grid.stride0 + grid.lower), 0.0};
    }
    if (x < grid.max) {
        // an incomplete last step, or rounding, must not lead past the last row
        const int wanted = static_cast<int>((x - grid.upper) / grid.stride1), last = grid.n_rows - grid.n_fine - 1;
        const int step = wanted < last ? wanted : last;
        return {grid.n_fine + step, x - (step * grid.stride1 + grid.upper), 0.0};
    }
    const int step = static_cast<int>((grid.max - grid.upper) / grid.stride1) - 1;
    const double end = grid.linear_extrapolation ? grid.max - (step * grid.stride1 + grid.upper) : 0.0;
    return {grid.n_fine + step, end, x - grid.max};
}

/// a0 + a1 x + ... + a5 x^5 and its derivative by synthetic division, for a scalar or a vector of channels.
template <class V, class Real>
DPMD_HD ValueSlope<V> quintic(const V a[6], Real x) {
    ValueSlope<V> f{a[5] * x + a[4], a[5]};
    for (int power = 3; power >= 0; --power) {
        f.slope = f.slope * x + f.value;
        f.value = f.value * x + a[power];
    }
    return f;
}

}  // namespace dpmd
