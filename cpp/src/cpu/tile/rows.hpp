#pragma once
// The rows of a tile: one per real neighbour, with one array per quantity.
#include <cstdint>

#include "core/workspace.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Section t holds the neighbours of type t of atom 0, of atom 1, …; it is padded to whole micro-tiles and vectors.
/// Values in padding rows are finite and never used, except s = 0.
template <class Real>
struct TileRows {
    int n_types, n_atoms;
    int n_components;        ///< components of the normalised rows, 4 or 1; 0: distances alone
    int n_rows;              ///< rows of all sections, including padding
    int* section;            ///< [n_types + 1] first row of a section
    int* section_size;       ///< [n_types] rows of a section without padding
    int* first;              ///< [n_types][n_atoms + 1] first row of an atom in a section
    int* n_empty;            ///< [n_types][n_atoms] slots that stay empty; where types share them, all at type 0
    int* n_rowless;          ///< [n_types][n_atoms] neighbours that have slots but no rows
    int first_type;          ///< of the first atom of the system
    std::int32_t* neighbor;  ///< [n_rows]
    double* difference[3];   ///< [n_rows] r_j - r_i, Å
    double* distance;        ///< [n_rows] Å
    double* s;  ///< [n_rows] the radial functions of the environment row and their slopes, where there are components
    double* s_slope;
    double* t;
    double* t_slope;
    Real* row[4];  ///< [n_components][n_rows] normalised environment rows

    /// The rows of an atom in a section, [begin, end).
    int begin(int type, int atom) const { return first[type * (n_atoms + 1) + atom]; }
    int end(int type, int atom) const { return first[type * (n_atoms + 1) + atom + 1]; }
    int empty_slots(int type, int atom) const { return n_empty[type * n_atoms + atom]; }
    /// The rows of an atom in all sections.
    int n_rows_of(int atom) const {
        int sum = 0;
        for (int type = 0; type < n_types; ++type) sum += end(type, atom) - begin(type, atom);
        return sum;
    }
    /// Rows of a section including its padding.
    int padded_size(int type) const { return section[type + 1] - section[type]; }
};

/// The derivatives of the energies with respect to the rows of an environment.
template <class Real>
struct RowGradient {
    Real* component[4];     ///< [n_components][n_rows] with respect to the normalised components
    double* difference[3];  ///< [n_rows] with respect to the difference beside that, or null: none
    bool is_set;            ///< false: no descriptor has written it yet
};

}  // namespace dpmd::cpu::DPMD_ISA
