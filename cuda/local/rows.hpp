#pragma once
// Environment rows of a tile: one for each real neighbour, those of a type side by side, or those of an atom. How many
// there are is known to the device only. The twin of cpp/src/cpu/tile/pack.hpp.
#include "local/environment.hpp"
#include "local/system.hpp"
#include "nets/layers.hpp"
#include "scratch.hpp"

namespace dpmd::gpu {

/// The arrays of rows; plain data.
template <class Real>
struct Rows {
    std::int64_t most = 0;  ///< what the arrays can hold
    bool by_atom = false;
    // at place(type, atom):
    std::int32_t* counts = nullptr;   ///< [n_types * n_atoms] rows
    std::int32_t* n_empty = nullptr;  ///< [n_types * n_atoms] slots that stay empty; where types share them, at type 0
    std::int32_t* n_rowless = nullptr;  ///< [n_types * n_atoms] neighbours that have slots but no rows
    std::int32_t* first = nullptr;      ///< [n_types * n_atoms + 1] first row

    std::int32_t* ranges = nullptr;    ///< [n_types + 1][2] rows of a type, unless by atom; last: of all
    std::int32_t* neighbor = nullptr;  ///< [rows] place in the list of the atom
    std::int32_t* owner = nullptr;     ///< [rows] atom of the tile
    Real* components = nullptr;        ///< [n_components][most] normalised environment

    Rows() = default;
    /// Takes the arrays from `scratch`.
    Rows(Scratch& scratch, const EnvironmentView& environment, std::int64_t n_atoms, std::int64_t n_rows);

    GPU_DEVICE int place(int type, int atom, int n_atoms, int n_types) const {
        return by_atom ? atom * n_types + type : type * n_atoms + atom;
    }
    RowRange of_type(int type) const { return {most, ranges + 2 * type}; }
};

/// A tile of atoms with its rows.
template <class Real>
struct RowTile {
    AtomTile tile;
    EnvironmentView environment;
    Rows<Real> rows;
};

/// The first row of each (type, atom), and the ranges of rows, from their counts.
template <class Real>
void scan_rows(Queue& queue, const RowTile<Real>& args);

/// Counts and fills the rows.
template <class Real>
void pack_rows(Queue& queue, const RowTile<Real>& args);

}  // namespace dpmd::gpu
