#pragma once
// Atoms sorted into the occupied cells of a Cartesian grid. Empty cells cost nothing, so a droplet with one atom far
// away, or a very skewed box, is no different from a full box: memory and time are linear in atoms.
#include <cstdint>
#include <vector>

#include "core/array.hpp"
#include "math/cell_lattice.hpp"

namespace dpmd::cpu {

class CellGrid {
public:
    /// Sorts n atoms ([n][3] Å, all finite) into cells of at least `cell_size`.
    void build(const double* positions, std::int32_t n, double cell_size, int n_threads);

    std::int64_t n_cells() const { return static_cast<std::int64_t>(cell_key_.size()); }
    /// The edge of a cell, Å; longer than asked for where atoms are so far apart that there would be too many cells to
    /// number.
    double cell_edge(int direction) const { return 1 / lattice_.inverse_size[direction]; }
    /// Atoms in sorted order, and the first atom of each cell ([n_cells + 1]).
    const std::int32_t* order() const { return order_.data(); }
    std::int32_t cell_first(std::int64_t cell) const { return cell_first_[static_cast<std::size_t>(cell)]; }

    /// A run of consecutive occupied cells.
    struct Run {
        std::int64_t first, last;
    };

    /// Finds the cells around a cell, row by row; calls for increasing cells take constant time on average.
    class Neighborhood {
    public:
        /// Cells at most `reach` away in each direction.
        Neighborhood(const CellGrid& grid, int reach);
        /// Up to (2 reach + 1)^2 runs of cells along x around `cell`.
        const std::vector<Run>& around(std::int64_t cell);

    private:
        const CellGrid& grid_;
        int reach_;
        std::vector<std::int64_t> cursor_;  // per row, -1: not found yet
        std::vector<Run> runs_;
    };

private:
    struct Coordinates {
        std::int64_t x, y, z;
    };
    Coordinates coordinates(std::uint64_t key) const;
    void sort_keys(int n_threads);

    CellLattice lattice_;
    Array<std::uint64_t> atom_key_, key_scratch_;
    Array<std::int32_t> order_, order_scratch_;
    std::vector<std::int64_t> starts_;  // [parts][digits] of the sort
    std::vector<std::uint64_t> cell_key_;
    std::vector<std::int32_t> cell_first_;
};

}  // namespace dpmd::cpu
