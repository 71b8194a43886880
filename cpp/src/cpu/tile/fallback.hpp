#pragma once
// The atoms of a tile that a compressed form leaves to the networks as trained: those with neighbours nearer than its
// tables reach.
#include <cstdint>

#include "cpu/local/packed_model.hpp"
#include "cpu/tile/pack.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Whether a neighbour of an atom is nearer than the form allows.
template <class Real>
bool is_too_close(const TileArgs<Real>& tile, const TileRows<Real>* environments, int atom) {
    for (int e = 0; e < tile.n_environments; ++e) {
        const TileRows<Real>& rows = environments[e];
        for (int t = 0; t < rows.n_types; ++t) {
            const double nearest =
                tile.form->nearest[std::size_t((e * rows.n_types + tile.center_type) * rows.n_types + t)];
            bool found = false;
            for (int r = rows.begin(t, atom); r < rows.end(t, atom); ++r) found |= !(rows.distance[r] >= nearest);
            if (found) return true;
        }
    }
    return false;
}

/// Moves the atoms that the form cannot evaluate from the tile to `left`, and returns their number. If there are any,
/// the rows of the others are packed anew.
template <class Real>
int leave_out(TileArgs<Real>& tile, TileRows<Real>*& rows, std::int32_t* left) {
    if (tile.form->nearest.empty()) return 0;
    int n_left = 0, n_kept = 0;
    std::int32_t* kept = tile.workspace->template take<std::int32_t>(std::size_t(tile.n_atoms));
    for (int a = 0; a < tile.n_atoms; ++a) {
        if (is_too_close(tile, rows, a)) left[n_left++] = tile.atoms[a];
        else kept[n_kept++] = tile.atoms[a];
    }
    if (n_left == 0) return 0;
    tile.atoms = kept;
    tile.n_atoms = n_kept;
    if (n_kept > 0) rows = pack_tile(tile);
    return n_left;
}

}  // namespace dpmd::cpu::DPMD_ISA
