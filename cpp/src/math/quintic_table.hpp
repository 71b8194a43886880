#pragma once
// Where a compressed embedding net looks up its piecewise quintic polynomial (Lu et al., JCTC 2022, DP Compress):
// a fine grid on [lower, upper), a coarse one on [upper, max), and for arguments of both signs one on [min, lower) too.
#include "math/hd.hpp"

namespace dpmd {

struct TableGrid {
    double min, lower, upper, max;  ///< range of the argument
    double stride0, stride1;        ///< spacing of the fine and of the coarse grid
    int n_before, n_fine, n_rows;   ///< rows below the fine grid, rows of it, rows in all
    bool linear_extrapolation;      ///< beyond the ends: continue linearly, or hold the end value
};

/// Row of the table and the polynomial's argument in it. Outside the grid `beyond` is the signed distance past its end;
/// the argument is then that end or, with clamping as in DeePMD-kit before 3.2, the left knot of the end row.
struct TablePlace {
    int row;
    double argument, beyond;
};

DPMD_HD TablePlace table_place(double x, const TableGrid& grid) {
    if (x < grid.min) return {0, 0.0, x - grid.min};
    if (x < grid.lower) {
        // in an incomplete last step DeePMD-kit takes the row behind it, and so does this
        const int step = static_cast<int>((x - grid.min) / grid.stride1);
        return {step, x - (step * grid.stride1 + grid.min), 0.0};
    }
    if (x < grid.upper) {
        const int row = static_cast<int>((x - grid.lower) / grid.stride0);
        return {grid.n_before + row, x - (row * grid.stride0 + grid.lower), 0.0};
    }
    const int first = grid.n_before + grid.n_fine;  // of the coarse grid behind
    const bool is_inside = x < grid.max;
    if (is_inside || grid.linear_extrapolation) {
        // an incomplete last step, or rounding, must not lead past the last row
        const double nearest = is_inside ? x : grid.max;
        const int wanted = static_cast<int>((nearest - grid.upper) / grid.stride1), last = grid.n_rows - first - 1;
        const int step = wanted < last ? wanted : last;
        return {first + step, nearest - (step * grid.stride1 + grid.upper), is_inside ? 0.0 : x - grid.max};
    }
    const int step = static_cast<int>((grid.max - grid.upper) / grid.stride1) - 1;
    return {first + step, 0.0, x - grid.max};
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
