#pragma once
// The cells of a Cartesian grid over a bounding box, and the key by which atoms are sorted into them.
#include <cstdint>

#include "math/hd.hpp"

namespace dpmd {

/// Cells per direction; three such coordinates and a margin fit 63 bits.
inline constexpr double max_cells_per_direction = 1048576.0;

/// The grid. Keys are ordered by z, then y, then x.
struct CellLattice {
    double low[3] = {}, inverse_size[3] = {};
    std::int64_t cells[3] = {1, 1, 1};

    CellLattice() = default;
    /// Cells of at least `cell_size` over from..to.
    CellLattice(const double from[3], const double to[3], double cell_size) {
        for (int k = 0; k < 3; ++k) {
            const double extent = finite(to[k] - from[k]), least = extent / max_cells_per_direction;
            low[k] = from[k];
            inverse_size[k] = 1.0 / (cell_size > least ? cell_size : least);
            cells[k] = static_cast<std::int64_t>(extent * inverse_size[k]) + 1;
        }
    }

    /// Coordinates of the cell of a position in the box.
    DPMD_HD void locate(const double position[3], std::int64_t at[3]) const {
        for (int k = 0; k < 3; ++k) {
            const auto cell = static_cast<std::int64_t>(finite(position[k] - low[k]) * inverse_size[k]);
            at[k] = cell < cells[k] - 1 ? cell : cells[k] - 1;
        }
    }
    DPMD_HD std::uint64_t key(std::int64_t x, std::int64_t y, std::int64_t z) const {
        return static_cast<std::uint64_t>((z * cells[1] + y) * cells[0] + x);
    }

private:
    /// The difference of finite numbers may overflow.
    DPMD_HD static double finite(double difference) {
        constexpr double largest = 1.7976931348623157e308;
        return difference < largest ? difference : largest;
    }
};

}  // namespace dpmd
