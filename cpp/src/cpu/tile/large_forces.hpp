#pragma once
// Forces of pairs that are too large for fixed point: a fault of the evaluation.
#include <cstdint>

#include "cpu/local/tile_args.hpp"
#include "cpu/tile/faults.hpp"
#include "cpu/tile/rows.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Reports, and sets to zero, values among rows [first, last) that fixed point cannot hold: a force, or a force times
/// the distance (the virial).
template <class Real>
void refuse_large(const TileArgs<Real>& tile, const TileRows<Real>& rows, double* const force[3], int type,
                  std::int32_t atom, int first, int last) {
    bool all_fit = true;
    for (int r = first; r < last; ++r) {
        const double limit = rows.distance[r] > 1 ? fixed_pair_limit / rows.distance[r] : fixed_pair_limit;
        for (int k = 0; k < 3; ++k) all_fit &= fixed_in_range(force[k][r], limit);
    }
    if (all_fit) return;
    for (int r = first; r < last; ++r) {
        const double limit = rows.distance[r] > 1 ? fixed_pair_limit / rows.distance[r] : fixed_pair_limit;
        for (int k = 0; k < 3; ++k) {
            if (fixed_in_range(force[k][r], limit)) continue;
            report(tile.totals->status,
                   {EvaluateFault::force_too_large, atom, rows.neighbor[r], type, 0, rows.distance[r]});
            force[k][r] = 0;
        }
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
