#pragma once
// Which rank owns which part of the box. The box is cut into slabs along the first lattice vector, each slab into
// columns along the second, each column into bricks along the third; planes need not line up between slabs or columns,
// so that any distribution of atoms can be shared evenly.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dpmd/communicator.hpp"
#include "math/periodic_cell.hpp"

namespace dpmd {

/// A range of fractional coordinates, low <= f < high; infinite where nothing was cut.
struct Brick {
    std::array<double, 3> low, high;
};

/// The fractional coordinates between which atoms lie: 0 and 1 along a periodic direction.
struct Extent {
    std::array<double, 3> low{}, high{1, 1, 1};
};

class Decomposition {
public:
    /// One rank owns the whole box.
    Decomposition() = default;
    /// Bricks of equal widths.
    Decomposition(const std::array<int, 3>& grid, const Extent& extent);

    int n_ranks() const { return grid_[0] * grid_[1] * grid_[2]; }
    const std::array<int, 3>& grid() const { return grid_; }
    int owner(const Vector3& fractional) const;
    Brick brick(int rank) const;

    /// Moves the planes so that every slab, column and brick has its share of the atoms of all ranks; `fractional` [n]
    /// are wrapped coordinates of this rank's atoms. Collective.
    void balance(Communicator& ranks, std::span<const Vector3> fractional, const Extent& extent);

private:
    std::array<int, 3> grid_{1, 1, 1};
    /// Planes between slabs; between the columns of each slab; between the bricks of each column.
    std::array<std::vector<double>, 3> cuts_;

    int n_parts(int level) const;
    std::span<const double> cuts_of(int level, int part) const;
    int part_of(const Vector3& fractional, int n_levels) const;
};

/// Fractional coordinates of [n][3] positions.
std::vector<Vector3> fractions_of(std::span<const double> positions, const PeriodicCell& cell);
/// The extent of the atoms of all ranks along open directions. Collective.
Extent extent_of(Communicator& ranks, std::span<const Vector3> fractional, const PeriodicCell& cell);

/// The occupied share of each direction, all but its largest empty gap, to within 1/256: less than 1 where a periodic
/// box holds a slab or a droplet. Collective.
std::array<double, 3> occupied_shares(Communicator& ranks, std::span<const Vector3> fractional, const Extent& extent);

/// Slabs, columns and bricks for `n_ranks` ranks with the fewest ghosts within `reach` (Å) of a brick.
std::array<int, 3> choose_grid(int n_ranks, const PeriodicCell& cell, const Extent& extent, double reach,
                               const std::array<double, 3>& occupied = {1, 1, 1});

/// Copies of atoms that another rank or this one needs: the atoms with low <= f <= high, moved by `image` lattice
/// vectors.
struct WantedCopy {
    int rank;
    std::array<std::int32_t, 3> image;
    std::array<double, 3> low, high;

    bool holds(const Vector3& f) const {
        for (int k = 0; k < 3; ++k)
            if (!(f[k] >= low[std::size_t(k)] && f[k] <= high[std::size_t(k)])) return false;
        return true;
    }
};

/// The copies of atoms of `owner` that may lie within `reach` (Å) of any brick, by rank, then image.
std::vector<WantedCopy> wanted_copies(const Decomposition& decomposition, int owner, const PeriodicCell& cell,
                                      double reach);

}  // namespace dpmd
