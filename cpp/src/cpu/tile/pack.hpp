#pragma once
// Stage 1 of a tile: the real neighbours of its atoms as rows grouped by neighbour type, with their environment rows.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cpu/se_a_model.hpp"
#include "cpu/tile/gemm.hpp"
#include "math/environment.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Rows of a tile: section t holds the neighbours of type t of atom 0, of atom 1, …; it is padded with zero rows to
/// whole micro-tiles.
template <class Real>
struct TileRows {
    int n_rows;                 ///< of all sections, padding included
    int* section;               ///< [n_types + 1] first row of a section
    int* section_size;          ///< [n_types] rows of a section without padding
    int* first;                 ///< [n_types][n_atoms + 1] first row of an atom in a section
    int* n_empty;               ///< [n_types][n_atoms] slots of `sel` that stay empty
    std::int32_t* neighbor;     ///< [n_rows]
    double* difference;         ///< [n_rows][3] r_j - r_i, Å
    double* distance;           ///< [n_rows] Å
    EnvironmentRadial* radial;  ///< [n_rows]
    Real* row;                  ///< [n_rows][4] normalised environment rows
    Real* s;                    ///< [n_rows] their radial component, input of the embedding net
};

/// A neighbour inside the cutoff, before the rows are laid out.
struct Candidate {
    std::int32_t index;
    double difference[3], distance;
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

/// Keeps the `sel` nearest of a section, in their order (what DeePMD-kit does with neighbours beyond sel).
inline int keep_nearest(Candidate* first, int count, int sel, Workspace& workspace) {
    double* distances = workspace.take<double>(std::size_t(count));
    for (int k = 0; k < count; ++k) distances[k] = first[k].distance;
    const double farthest = kth_smallest(distances, count, sel);
    int n_at_farthest = sel;
    for (int k = 0; k < count; ++k) n_at_farthest -= first[k].distance < farthest ? 1 : 0;
    int kept = 0;
    for (int k = 0; k < count; ++k) {
        const bool at_edge = first[k].distance == farthest;
        if (first[k].distance > farthest || (at_edge && n_at_farthest <= 0)) continue;
        n_at_farthest -= at_edge ? 1 : 0;
        first[kept++] = first[k];
    }
    return kept;
}

/// The neighbour j of i, if it is nearer than the cutoff.
DPMD_HD bool find_candidate(const double* positions, std::int32_t i, std::int32_t j, double cutoff_squared,
                            Candidate& out) {
    double r2 = 0;
    for (int k = 0; k < 3; ++k) {
        out.difference[k] =
            positions[3 * std::size_t(j) + std::size_t(k)] - positions[3 * std::size_t(i) + std::size_t(k)];
        r2 += out.difference[k] * out.difference[k];
    }
    out.index = j;
    out.distance = __builtin_sqrt(r2);
    return r2 < cutoff_squared;
}

/// Where the neighbours of an atom end. Models that keep the nearest sum(sel) of all types first may end it before the
/// cutoff.
template <class Real>
double reach_of(const TileArgs<Real>& tile, std::int32_t i) {
    const SeAModel<Real>& model = *tile.model;
    const EvaluateArgs& system = *tile.system;
    const std::int64_t first = system.neighbors.first[i], last = system.neighbors.first[i + 1];
    const double cutoff_squared = model.range.cutoff * model.range.cutoff;
    if (!model.overflow_all_types_first || system.overflow == OverflowPolicy::error || last - first <= model.n_slots)
        return cutoff_squared;
    double* distances = tile.workspace->template take<double>(std::size_t(last - first));
    int n = 0;
    Candidate c;
    for (std::int64_t p = first; p < last; ++p)
        if (find_candidate(system.positions, i, system.neighbors.index[p], cutoff_squared, c))
            distances[n++] = c.distance;
    if (n <= model.n_slots || model.n_slots == 0) return cutoff_squared;
    const double farthest = kth_smallest(distances, n, model.n_slots);
    return farthest * farthest * (1 + 4e-16);  // includes the farthest itself against rounding of the square
}

/// Neighbours of every atom of the tile inside its reach, by type: candidates[begin + k], k < count, of (type, atom).
template <class Real>
void gather_candidates(const TileArgs<Real>& tile, Candidate* candidates, int* begin, int* count, int* n_empty) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    const EvaluateArgs& system = *tile.system;
    EvaluateStatus& status = tile.totals->status;
    int n_candidates = 0;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const std::int32_t i = tile.atoms[a];
        const double reach_squared = reach_of(tile, i);
        std::int64_t p = system.neighbors.first[i];
        const std::int64_t end = system.neighbors.first[i + 1];
        for (int t = 0; t < model.n_types; ++t) {
            const SeASection<Real>& section = center.sections[std::size_t(t)];
            const int at = t * tile.n_atoms + a, start = n_candidates;
            for (; p < end && system.types[system.neighbors.index[p]] == t; ++p) {
                if (!section.is_neighbor) continue;
                const std::int32_t j = system.neighbors.index[p];
                Candidate& c = candidates[n_candidates];
                if (!find_candidate(system.positions, i, j, reach_squared, c)) continue;
                if (c.distance == 0) report(status, {EvaluateFault::coincident_atoms, i, j, t, 0, 0.0});
                ++n_candidates;
            }
            int n = n_candidates - start;
            if (n > section.sel) {
                if (system.overflow == OverflowPolicy::error)
                    report(status, {EvaluateFault::too_many_neighbors, i, -1, t, n, 0.0});
                n = keep_nearest(candidates + start, n, section.sel, *tile.workspace);
                n_candidates = start + n;
            }
            n_empty[at] = section.sel - n;
            if (!section.is_embedded) n_candidates = start, n = 0;
            begin[at] = start;
            count[at] = n;
        }
    }
}

template <class Real>
TileRows<Real> pack_tile(const TileArgs<Real>& tile) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    const EvaluateArgs& system = *tile.system;
    Workspace& workspace = *tile.workspace;
    const int n_types = model.n_types, n_atoms = tile.n_atoms;

    std::size_t n_listed = 0;
    for (int a = 0; a < n_atoms; ++a)
        n_listed += std::size_t(system.neighbors.first[tile.atoms[a] + 1] - system.neighbors.first[tile.atoms[a]]);
    Candidate* candidates = workspace.take<Candidate>(n_listed);
    int* begin = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));  // of (type, atom) in candidates
    int* count = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));

    TileRows<Real> rows;
    rows.n_empty = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));
    gather_candidates(tile, candidates, begin, count, rows.n_empty);

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
        n_rows = rows.section[t] + round_up(rows.section_size[t], row_block);
    }
    rows.section[n_types] = rows.n_rows = n_rows;

    const auto n = std::size_t(n_rows);
    rows.neighbor = workspace.take<std::int32_t>(n);
    rows.difference = workspace.take<double>(3 * n);
    rows.distance = workspace.take<double>(n);
    rows.radial = workspace.take<EnvironmentRadial>(n);
    rows.row = workspace.take<Real>(4 * n);
    rows.s = workspace.take<Real>(n);
    for (int t = 0; t < n_types; ++t) {
        for (int a = 0; a < n_atoms; ++a) {
            int r = rows.first[t * (n_atoms + 1) + a];
            const Candidate* c = candidates + begin[t * n_atoms + a];
            for (int k = 0; k < count[t * n_atoms + a]; ++k, ++c, ++r) {
                rows.neighbor[r] = c->index;
                rows.distance[r] = c->distance;
                for (int b = 0; b < 3; ++b) rows.difference[3 * r + b] = c->difference[b];
                const EnvironmentRadial f = environment_radial(c->distance, model.range, model.protection);
                rows.radial[r] = f;
                const double plain[4] = {f.s, f.t * c->difference[0], f.t * c->difference[1], f.t * c->difference[2]};
                for (int b = 0; b < 4; ++b)
                    rows.row[4 * r + b] = static_cast<Real>((plain[b] - center.shift[b]) * center.inverse_scale[b]);
                rows.s[r] = rows.row[4 * r];
            }
        }
        for (int r = rows.section[t] + rows.section_size[t]; r < rows.section[t + 1]; ++r) {
            rows.s[r] = Real(0);
            for (int b = 0; b < 4; ++b) rows.row[4 * r + b] = Real(0);
        }
    }
    return rows;
}

}  // namespace dpmd::cpu::DPMD_ISA
