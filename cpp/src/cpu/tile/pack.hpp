#pragma once
// Stage 1 of a tile: the real neighbours of its atoms as rows grouped by neighbour type, with their environment rows.
#include "cpu/tile/gather_candidates.hpp"
#include "cpu/tile/gemm.hpp"
#include "cpu/tile/rows.hpp"
#include "math/environment.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// The radial functions of all distances.
template <class Real>
void fill_radial(const PackedEnvironment& environment, const TileRows<Real>& rows) {
    using V = Vector<double>;
    for (int r = 0; r < rows.n_rows; r += lanes<double>) {
        const auto f = environment_radial<V>(load(rows.distance + r), environment.range, environment.protection);
        store(rows.s + r, f.s);
        store(rows.s_slope + r, f.s_slope);
        store(rows.t + r, f.t);
        store(rows.t_slope + r, f.t_slope);
    }
}

/// The rows with a model's normalisation.
template <class Real>
void normalise_rows(const PackedEnvironment::Center& center, const TileRows<Real>& rows) {
    const auto normalise = [&](int k, auto&& plain) {
        const double shift = center.shift[k], inverse_scale = center.inverse_scale[k];
        Real* __restrict to = rows.row[k];
        for (int r = 0; r < rows.n_rows; ++r) to[r] = static_cast<Real>((plain(r) - shift) * inverse_scale);
    };
    normalise(0, [&](int r) { return rows.s[r]; });
    for (int k = 0; k + 1 < rows.n_components; ++k)
        normalise(1 + k, [&](int r) { return rows.t[r] * rows.difference[k][r]; });
}

/// Everything about the rows of an environment except their normalisation, which differs between models that share the
/// rest.
template <class Real>
TileRows<Real> pack_rows(const TileArgs<Real>& tile, const PackedEnvironment& environment) {
    const TileSystem& system = *tile.system;
    Workspace& workspace = *tile.workspace;
    const int n_types = environment.n_types, n_atoms = tile.n_atoms;

    std::size_t n_listed = 0, most_listed = 0;
    for (int a = 0; a < n_atoms; ++a) {
        const auto n = std::size_t(system.neighbors.first[tile.atoms[a] + 1] - system.neighbors.first[tile.atoms[a]]);
        n_listed += n;
        most_listed = most_listed > n ? most_listed : n;
    }
    const Candidates candidates = take_candidates(n_listed + 1, workspace);
    const Candidates listed = take_candidates(most_listed, workspace);
    int* begin = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));  // of (type, atom) in candidates
    int* count = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));

    TileRows<Real> rows;
    rows.n_types = n_types;
    rows.n_atoms = n_atoms;
    rows.n_components = environment.n_components;
    rows.n_empty = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));
    rows.n_rowless = workspace.take<int>(std::size_t(n_types) * std::size_t(n_atoms));
    rows.first_type = system.first_type;
    gather_candidates(tile, environment, candidates, listed, begin, count, rows.n_empty, rows.n_rowless);

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
    rows.distance = workspace.take<double>(n);
    if (rows.n_components > 0)
        for (double** array : {&rows.s, &rows.s_slope, &rows.t, &rows.t_slope}) *array = workspace.take<double>(n);
    for (int k = 0; k < rows.n_components; ++k) rows.row[k] = workspace.take<Real>(n);
    for (int t = 0; t < n_types; ++t) {
        for (int a = 0; a < n_atoms; ++a) {
            const int r = rows.first[t * (n_atoms + 1) + a], from = begin[t * n_atoms + a], k = count[t * n_atoms + a];
            if (k == 0) continue;  // there may be no memory to copy from
            __builtin_memcpy(rows.neighbor + r, candidates.index + from, std::size_t(k) * sizeof(std::int32_t));
            for (int b = 0; b < 3; ++b)
                __builtin_memcpy(rows.difference[b] + r, candidates.difference[b] + from, std::size_t(k) * 8);
            __builtin_memcpy(rows.distance + r, candidates.distance + from, std::size_t(k) * 8);
        }
        for (int r = rows.section[t] + rows.section_size[t]; r < rows.section[t + 1]; ++r) {
            for (double* component : rows.difference) component[r] = 0;
            rows.distance[r] = environment.range.cutoff;
        }
    }
    if (rows.n_components > 0) fill_radial(environment, rows);
    return rows;
}

/// The rows of all environments of the tile, [n_environments].
template <class Real>
TileRows<Real>* pack_tile(const TileArgs<Real>& tile) {
    auto* rows = tile.workspace->template take<TileRows<Real>>(std::size_t(tile.n_environments));
    for (int e = 0; e < tile.n_environments; ++e) rows[e] = pack_rows(tile, tile.environments[e]);
    return rows;
}

}  // namespace dpmd::cpu::DPMD_ISA
