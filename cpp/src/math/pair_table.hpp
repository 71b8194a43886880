#pragma once
// A pair potential as cubic polynomials on equal intervals of the distance.
#include "math/hd.hpp"

namespace dpmd {

/// u(r) and du/dr, eV and eV/Å. `coefficients` [n_intervals][4] are those of a pair of types: of the powers 3, 2, 1, 0
/// of the place in the interval, 0 to 1. 0 where the table has ended; r >= first.
DPMD_HD ValueSlope<double> pair_table_at(double r, double first, double spacing, int n_intervals,
                                         const double* coefficients) {
    const double place = (r - first) / spacing;
    if (!(place < n_intervals)) return {0, 0};
    const int k = static_cast<int>(place);
    const double x = place - k, *c = coefficients + 4 * k;
    return {((c[0] * x + c[1]) * x + c[2]) * x + c[3], ((3 * c[0] * x + 2 * c[1]) * x + c[2]) / spacing};
}

}  // namespace dpmd
