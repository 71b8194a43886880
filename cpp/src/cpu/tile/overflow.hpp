#pragma once
// What becomes of neighbours beyond `sel`: as in DeePMD-kit, the nearest are kept.
#include <cstdint>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/tile_args.hpp"
#include "cpu/tile/candidates.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// The k-th smallest of n distances (k >= 1). Inserts into a sorted prefix: rarely needed, and free of library
/// templates.
inline double kth_smallest(double* distances, int n, int k) {
    for (int i = 1; i < n; ++i) {
        const double d = distances[i];
        int at = i;
        for (; at > 0 && distances[at - 1] > d; --at) distances[at] = distances[at - 1];
        distances[at] = d;
    }
    return distances[k - 1];
}

/// Keeps the `sel` nearest of a section, in their order (what DeePMD-kit does with neighbours beyond sel).
inline int keep_nearest(const Candidates& c, int start, int count, int sel, Workspace& workspace) {
    double* distances = workspace.take<double>(std::size_t(count));
    for (int k = 0; k < count; ++k) distances[k] = c.distance[start + k];
    const double farthest = sel > 0 ? kth_smallest(distances, count, sel) : -1.0;
    int n_at_farthest = sel;
    for (int k = 0; k < count; ++k) n_at_farthest -= c.distance[start + k] < farthest ? 1 : 0;
    int kept = 0;
    for (int k = 0; k < count; ++k) {
        const bool at_edge = c.distance[start + k] == farthest;
        if (c.distance[start + k] > farthest || (at_edge && n_at_farthest <= 0)) continue;
        n_at_farthest -= at_edge ? 1 : 0;
        copy_candidate(c, start + k, start + kept++);
    }
    return kept;
}

/// Square of the distance up to which an atom has neighbours. It may be less than the cutoff for models that keep the
/// nearest of all types.
template <class Real>
double reach_of(const TileArgs<Real>& tile, const PackedEnvironment& environment, std::int64_t first, std::int64_t last,
                const double* squares) {
    const TileSystem& system = *tile.system;
    const double cutoff_squared = environment.range.cutoff * environment.range.cutoff;
    const bool is_limited =
        environment.slot_order == SlotOrder::all_types || environment.slot_order == SlotOrder::mixed;
    if (!is_limited || system.overflow == OverflowPolicy::error || last - first <= environment.n_slots)
        return cutoff_squared;
    double* kept = tile.workspace->template take<double>(std::size_t(last - first));
    int n = 0;
    for (std::int64_t k = 0; k < last - first; ++k)
        if (squares[k] < cutoff_squared) kept[n++] = __builtin_sqrt(squares[k]);
    if (n <= environment.n_slots || environment.n_slots == 0) return cutoff_squared;
    const double farthest = kth_smallest(kept, n, environment.n_slots);
    return farthest * farthest * (1 + 4e-16);  // includes the farthest itself despite rounding of the square
}

}  // namespace dpmd::cpu::DPMD_ISA
