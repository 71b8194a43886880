#pragma once
// The neighbours of a tile's atoms that are inside the cutoff and have slots, by type.
#include <cstdint>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/tile_args.hpp"
#include "cpu/tile/candidates.hpp"
#include "cpu/tile/faults.hpp"
#include "cpu/tile/overflow.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Where the listed neighbours of a type end: the list is sorted by type.
inline std::int64_t end_of_type(const TileSystem& system, std::int64_t first, std::int64_t last, int type) {
    while (first < last) {
        const std::int64_t middle = first + (last - first) / 2;
        if (system.types[system.neighbors.index[middle]] <= type) first = middle + 1;
        else last = middle;
    }
    return first;
}

/// Writes differences to all listed neighbours of atom i, and their squares, to [0, n) of `listed`.
DPMD_HD void find_differences(const TileSystem& system, std::int32_t i, const Candidates& listed) {
    const std::int32_t* index = system.neighbors.index + system.neighbors.first[i];
    const auto n = static_cast<int>(system.neighbors.first[i + 1] - system.neighbors.first[i]);
    const double* positions = system.positions;
    const double x = positions[3 * std::size_t(i)], y = positions[3 * std::size_t(i) + 1],
                 z = positions[3 * std::size_t(i) + 2];
    double *__restrict dx = listed.difference[0], *__restrict dy = listed.difference[1],
           *__restrict dz = listed.difference[2], *__restrict square = listed.distance;
    for (int k = 0; k < n; ++k) {
        const double* other = positions + 3 * std::size_t(index[k]);
        dx[k] = other[0] - x;
        dy[k] = other[1] - y;
        dz[k] = other[2] - z;
    }
    for (int k = 0; k < n; ++k) square[k] = dx[k] * dx[k] + dy[k] * dy[k] + dz[k] * dz[k];
}

/// Reports an atom with more neighbours than the slots that all types share.
template <class Real>
void check_shared_slots(const TileArgs<Real>& tile, const PackedEnvironment& environment, std::int32_t i,
                        const Candidates& listed, double reach_squared) {
    const std::int64_t* first = tile.system->neighbors.first;
    const auto n = static_cast<int>(first[i + 1] - first[i]);
    if (tile.system->overflow != OverflowPolicy::error || n <= environment.n_slots) return;
    int n_inside = 0;
    for (int k = 0; k < n; ++k) n_inside += listed.distance[k] < reach_squared ? 1 : 0;
    if (n_inside > environment.n_slots)
        report(tile.totals->status,
               {EvaluateFault::too_many_neighbors, i, -1, -1, n_inside, 0.0, environment.first_descriptor});
}

/// Collects the neighbours within reach of every atom of the tile, by type: those of (type, atom) are begin + k, k <
/// count. `n_empty` and `n_rowless` as in TileRows.
template <class Real>
void gather_candidates(const TileArgs<Real>& tile, const PackedEnvironment& environment, const Candidates& candidates,
                       const Candidates& listed, int* begin, int* count, int* n_empty, int* n_rowless) {
    const PackedEnvironment::Center& center = environment.centers[std::size_t(tile.center_type)];
    const TileSystem& system = *tile.system;
    EvaluateStatus& status = tile.totals->status;
    const bool shares_slots = environment.slot_order == SlotOrder::mixed;
    int n_candidates = 0;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const std::int32_t i = tile.atoms[a];
        const std::int64_t first = system.neighbors.first[i], last = system.neighbors.first[i + 1];
        find_differences(system, i, listed);
        const double reach_squared = reach_of(tile, environment, first, last, listed.distance);
        if (shares_slots) check_shared_slots(tile, environment, i, listed, reach_squared);
        int n_inside = 0, n_seen = 0;
        std::int64_t p = first;
        for (int t = 0; t < environment.n_types; ++t) {
            const SectionRule& section = center.sections[std::size_t(t)];
            const int at = t * tile.n_atoms + a, start = n_candidates;
            const std::int64_t end = t + 1 < environment.n_types ? end_of_type(system, p, last, t) : last;
            int n = start;
            if (section.counts)
                for (int k = static_cast<int>(p - first); k < static_cast<int>(end - first); ++k) {
                    // always written, but kept only when inside: no branch to mispredict
                    candidates.index[n] = system.neighbors.index[first + k];
                    for (int b = 0; b < 3; ++b) candidates.difference[b][n] = listed.difference[b][k];
                    candidates.distance[n] = listed.distance[k];
                    n += listed.distance[k] < reach_squared ? 1 : 0;
                }
            p = end;
            n -= start;
            n_inside += n;
            for (int k = start; k < start + n; ++k) candidates.distance[k] = __builtin_sqrt(candidates.distance[k]);
            bool coincide = false;
            for (int k = start; k < start + n; ++k) coincide |= candidates.distance[k] == 0;
            for (int k = start; coincide && k < start + n; ++k)
                if (candidates.distance[k] == 0)
                    report(status, {EvaluateFault::coincident_atoms, i, candidates.index[k], t});
            if (n > section.sel && !shares_slots) {
                if (system.overflow == OverflowPolicy::error)
                    report(status, {EvaluateFault::too_many_neighbors, i, -1, t, n, 0.0, environment.first_descriptor});
                n = keep_nearest(candidates, start, n, section.sel, *tile.workspace);
            }
            n_empty[at] = section.sel - n;
            n_seen += n;
            n_rowless[at] = section.has_rows ? 0 : n;
            if (!section.has_rows) n = 0;
            n_candidates = start + n;
            begin[at] = start;
            count[at] = n;
        }
        if (n_inside > environment.n_slots && !shares_slots && system.overflow == OverflowPolicy::error)
            report(status, {EvaluateFault::too_many_neighbors, i, -1, -1, n_inside, 0.0, environment.first_descriptor});
        if (shares_slots) n_empty[a] = n_seen < environment.n_slots ? environment.n_slots - n_seen : 0;
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
