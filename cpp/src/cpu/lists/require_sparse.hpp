#pragma once
// The check of a cell grid before its cells are searched for pairs.
#include "backend/neighbors.hpp"
#include "cpu/lists/cell_grid.hpp"

namespace dpmd::cpu {

/// Throws InputError for systems whose time and memory would grow with the square of the number of atoms: many atoms at
/// one place, or many in one cell because others are so far away that cells are wide.
void require_sparse(const CellGrid& grid, const BuildNeighborsArgs& args);

}  // namespace dpmd::cpu
