#pragma once
// The neighbours of a tile's atoms that are inside the cutoff and have slots, by type, before rows are laid out.
#include <cstdint>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/tile_args.hpp"
#include "cpu/tile/faults.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Neighbours within reach of their atom, before rows are laid out.
struct Candidates {
    std::int32_t* index;
    double* difference[3];  ///< Å
    double* distance;       ///< Å, at first its square
};

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

DPMD_HD void copy_candidate(const Candidates& c, int from, int to) {
    c.index[to] = c.index[from];
    for (int b = 0; b < 3; ++b) c.difference[b][to] = c.difference[b][from];
    c.distance[to] = c.distance[from];
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

/// Where the listed neighbours of a type end: the list is sorted by type.
inline std::int64_t end_of_type(const TileSystem& system, std::int64_t first, std::int64_t last, int type) {
    while (first < last) {
        const std::int64_t middle = first + (last - first) / 2;
        if (system.types[system.neighbors.index[middle]] <= type) first = middle + 1;
        else last = middle;
    }
    return first;
}

/// Square of the distance up to which an atom has neighbours. It may be less than the cutoff for models that first keep
/// the nearest sum(sel) of all types.
template <class Real>
double reach_of(const TileArgs<Real>& tile, const PackedEnvironment& environment, std::int64_t first, std::int64_t last,
                const double* squares) {
    const TileSystem& system = *tile.system;
    const double cutoff_squared = environment.range.cutoff * environment.range.cutoff;
    if (!environment.overflow_all_types_first || system.overflow == OverflowPolicy::error ||
        last - first <= environment.n_slots)
        return cutoff_squared;
    double* kept = tile.workspace->template take<double>(std::size_t(last - first));
    int n = 0;
    for (std::int64_t k = 0; k < last - first; ++k)
        if (squares[k] < cutoff_squared) kept[n++] = __builtin_sqrt(squares[k]);
    if (n <= environment.n_slots || environment.n_slots == 0) return cutoff_squared;
    const double farthest = kth_smallest(kept, n, environment.n_slots);
    return farthest * farthest * (1 + 4e-16);  // includes the farthest itself despite rounding of the square
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

template <class Real>
Candidates take_candidates(std::size_t n, Workspace& workspace) {
    Candidates c;
    c.index = workspace.take<std::int32_t>(n);
    for (double*& component : c.difference) component = workspace.take<double>(n);
    c.distance = workspace.take<double>(n);
    return c;
}

/// Collects the neighbours within reach of every atom of the tile, by type: those of (type, atom) are begin + k, k <
/// count.
template <class Real>
void gather_candidates(const TileArgs<Real>& tile, const PackedEnvironment& environment, const Candidates& candidates,
                       const Candidates& listed, int* begin, int* count, int* n_empty) {
    const PackedEnvironment::Center& center = environment.centers[std::size_t(tile.center_type)];
    const TileSystem& system = *tile.system;
    EvaluateStatus& status = tile.totals->status;
    int n_candidates = 0;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const std::int32_t i = tile.atoms[a];
        const std::int64_t first = system.neighbors.first[i], last = system.neighbors.first[i + 1];
        find_differences(system, i, listed);
        const double reach_squared = reach_of(tile, environment, first, last, listed.distance);
        std::int64_t p = first;
        int n_within = 0;
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
            n_within += n;
            for (int k = start; k < start + n; ++k) candidates.distance[k] = __builtin_sqrt(candidates.distance[k]);
            bool coincide = false;
            for (int k = start; k < start + n; ++k) coincide |= candidates.distance[k] == 0;
            for (int k = start; coincide && k < start + n; ++k)
                if (candidates.distance[k] == 0)
                    report(status, {EvaluateFault::coincident_atoms, i, candidates.index[k], t});
            if (n > section.sel) {
                if (system.overflow == OverflowPolicy::error)
                    report(status, {EvaluateFault::too_many_neighbors, i, -1, t, n, 0.0, environment.descriptor});
                n = keep_nearest(candidates, start, n, section.sel, *tile.workspace);
            }
            n_empty[at] = section.sel - n;
            if (!section.has_rows) n = 0;
            n_candidates = start + n;
            begin[at] = start;
            count[at] = n;
        }
        if (n_within > environment.n_slots && system.overflow == OverflowPolicy::error)
            report(status, {EvaluateFault::too_many_neighbors, i, -1, -1, n_within, 0.0, environment.descriptor});
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
