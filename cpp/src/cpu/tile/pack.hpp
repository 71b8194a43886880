#pragma once
// Stage 1 of a tile: the real neighbours of its atoms as rows grouped by neighbour type, with their environment rows.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cpu/local/se_a_model.hpp"
#include "cpu/tile/gemm.hpp"
#include "cpu/tile/rows.hpp"
#include "math/environment.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Neighbours inside the reach of their atom, before the rows are laid out.
struct Candidates {
    std::int32_t* index;
    double* difference[3];  ///< Å
    double* distance;       ///< Å, its square at first
};

DPMD_HD void report(EvaluateStatus& status, const EvaluateStatus& fault) {
    if (status.fault == EvaluateFault::none || fault.atom < status.atom) status = fault;
}

/// The k-th smallest of n distances (k >= 1). Insertion into a sorted prefix: rare, and free of library templates.
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

/// Square of the distance where the neighbours of an atom end. Models that keep the nearest sum(sel) of all types first
/// may end it before the cutoff.
template <class Real>
double reach_of(const TileArgs<Real>& tile, std::int64_t first, std::int64_t last, const double* squares) {
    const SeAModel<Real>& model = *tile.model;
    const TileSystem& system = *tile.system;
    const double cutoff_squared = model.range.cutoff * model.range.cutoff;
    if (!model.overflow_all_types_first || system.overflow == OverflowPolicy::error || last - first <= model.n_slots)
        return cutoff_squared;
    double* kept = tile.workspace->template take<double>(std::size_t(last - first));
    int n = 0;
    for (std::int64_t k = 0; k < last - first; ++k)
        if (squares[k] < cutoff_squared) kept[n++] = __builtin_sqrt(squares[k]);
    if (n <= model.n_slots || model.n_slots == 0) return cutoff_squared;
    const double farthest = kth_smallest(kept, n, model.n_slots);
    return farthest * farthest * (1 + 4e-16);  // includes the farthest itself against rounding of the square
}

/// Differences to all listed neighbours of atom i, and their squares, to [0, n) of `listed`.
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

/// Neighbours of every atom of the tile inside its reach, by type: begin + k, k < count, of (type, atom).
template <class Real>
void gather_candidates(const TileArgs<Real>& tile, const Candidates& candidates, const Candidates& listed, int* begin,
                       int* count, int* n_empty) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    const TileSystem& system = *tile.system;
    EvaluateStatus& status = tile.totals->status;
    int n_candidates = 0;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const std::int32_t i = tile.atoms[a];
        const std::int64_t first = system.neighbors.first[i], last = system.neighbors.first[i + 1];
        find_differences(system, i, listed);
        const double reach_squared = reach_of(tile, first, last, listed.distance);
        std::int64_t p = first;
        for (int t = 0; t < model.n_types; ++t) {
            const SeASection<Real>& section = center.sections[std::size_t(t)];
            const int at = t * tile.n_atoms + a, start = n_candidates;
            const std::int64_t end = t + 1 < model.n_types ? end_of_type(system, p, last, t) : last;
            int n = start;
            if (section.is_neighbor)
                for (int k = static_cast<int>(p - first); k < static_cast<int>(end - first); ++k) {
                    // written always, kept when inside: no branch to mispredict
                    candidates.index[n] = system.neighbors.index[first + k];
                    for (int b = 0; b < 3; ++b) candidates.difference[b][n] = listed.difference[b][k];
                    candidates.distance[n] = listed.distance[k];
                    n += listed.distance[k] < reach_squared ? 1 : 0;
                }
            p = end;
            n -= start;
            for (int k = start; k < start + n; ++k) candidates.distance[k] = __builtin_sqrt(candidates.distance[k]);
            bool coincide = false;
            for (int k = start; k < start + n; ++k) coincide |= candidates.distance[k] == 0;
            for (int k = start; coincide && k < start + n; ++k)
                if (candidates.distance[k] == 0)
                    report(status, {EvaluateFault::coincident_atoms, i, candidates.index[k], t, 0, 0.0});
            if (n > section.sel) {
                if (system.overflow == OverflowPolicy::error)
                    report(status, {EvaluateFault::too_many_neighbors, i, -1, t, n, 0.0});
                n = keep_nearest(candidates, start, n, section.sel, *tile.workspace);
            }
            n_empty[at] = section.sel - n;
            if (!section.is_embedded) n = 0;
            n_candidates = start + n;
            begin[at] = start;
            count[at] = n;
        }
    }
}

/// Radial functions of all distances.
template <class Real>
void fill_radial(const SeAModel<Real>& model, const TileRows<Real>& rows) {
    using V = Vector<double>;
    for (int r = 0; r < rows.n_rows; r += lanes<double>) {
        const auto f = environment_radial<V>(load(rows.distance + r), model.range, model.protection);
        store(rows.s + r, f.s);
        store(rows.s_slope + r, f.s_slope);
        store(rows.t + r, f.t);
        store(rows.t_slope + r, f.t_slope);
    }
}

/// The rows as a model wants them.
template <class Real>
void normalise_rows(const SeACenter<Real>& center, const TileRows<Real>& rows) {
    const auto normalise = [&](int k, auto&& plain) {
        const double shift = center.shift[k], inverse_scale = center.inverse_scale[k];
        Real* __restrict to = rows.row[k];
        for (int r = 0; r < rows.n_rows; ++r) to[r] = static_cast<Real>((plain(r) - shift) * inverse_scale);
    };
    normalise(0, [&](int r) { return rows.s[r]; });
    for (int k = 0; k < 3; ++k) normalise(1 + k, [&](int r) { return rows.t[r] * rows.difference[k][r]; });
}

/// All of the rows but their normalisation, which is a model's own: several models may share the rest.
template <class Real>
TileRows<Real> pack_tile(const TileArgs<Real>& tile) {
    const SeAModel<Real>& model = *tile.model;
    const TileSystem& system = *tile.system;
    Workspace& workspace = *tile.workspace;
    const int n_types = model.n_types, n_atoms = tile.n_atoms;

    std::size_t n_listed = 0, most_listed = 0;
    for (int a = 0; a < n_atoms; ++a) {
        const auto n = std::size_t(system.neighbors.first[tile.atoms[a] + 1] - system.neighbors.first[tile.atoms[a]]);
        n_listed += n;
        most_listed = most_listed > n ? most_listed : n;
    }
    const Candidates candidates = take_candidates<Real>(n_listed + 1, workspace);
    const Candidates listed = take_candidates<Real>(most_listed, workspace);
    int* begin = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));  // of (type, atom) in candidates
    int* count = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));

    TileRows<Real> rows;
    rows.n_empty = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));
    gather_candidates(tile, candidates, listed, begin, count, rows.n_empty);

    constexpr int multiple = row_block > lanes<Real> ? row_block : lanes<Real>;
    static_assert(multiple % row_block == 0 && multiple % lanes<Real> == 0 && multiple % lanes<double> == 0);
    rows.section = workspace.take<int>(std::size_t(n_types) + 1);
    rows.section_size = workspace.take<int>(std::size_t(n_types));
    rows.first = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms + 1));
    int n_rows = 0;
    for (int t = 0; t < n_types; ++t) {
        rows.section[t] = n_rows;
        for (int a = 0; a < n_atoms; ++a) {
            rows.first[t * (n_atoms + 1) + a] = n_rows;
            n_rows += count[t * n_atoms + a];
        }
        rows.first[t * (n_atoms + 1) + n_atoms] = n_rows;
        rows.section_size[t] = n_rows - rows.section[t];
        n_rows = rows.section[t] + round_up(rows.section_size[t], multiple);
    }
    rows.section[n_types] = rows.n_rows = n_rows;

    const auto n = std::size_t(n_rows);
    rows.neighbor = workspace.take<std::int32_t>(n);
    for (double*& component : rows.difference) component = workspace.take<double>(n);
    for (double** array : {&rows.distance, &rows.s, &rows.s_slope, &rows.t, &rows.t_slope})
        *array = workspace.take<double>(n);
    for (Real*& component : rows.row) component = workspace.take<Real>(n);
    for (int t = 0; t < n_types; ++t) {
        for (int a = 0; a < n_atoms; ++a) {
            const int r = rows.first[t * (n_atoms + 1) + a], from = begin[t * n_atoms + a], k = count[t * n_atoms + a];
            if (k == 0) continue;  // there may be no memory at all
            __builtin_memcpy(rows.neighbor + r, candidates.index + from, std::size_t(k) * sizeof(std::int32_t));
            for (int b = 0; b < 3; ++b)
                __builtin_memcpy(rows.difference[b] + r, candidates.difference[b] + from, std::size_t(k) * 8);
            __builtin_memcpy(rows.distance + r, candidates.distance + from, std::size_t(k) * 8);
        }
        for (int r = rows.section[t] + rows.section_size[t]; r < rows.section[t + 1]; ++r) {
            for (double* component : rows.difference) component[r] = 0;
            rows.distance[r] = model.range.cutoff;
        }
    }
    fill_radial(model, rows);
    return rows;
}

}  // namespace dpmd::cpu::DPMD_ISA
