#pragma once
// The number of ghosts of bricks of equal size where atoms are spread evenly.
#include <array>

#include "dpmd/box.hpp"

namespace dpmd::bench {

/// The ghosts of one rank, including images of its own atoms. The box is periodic and has right angles; `reach` in Å.
inline double expected_ghosts(const Box& box, const std::array<int, 3>& grid, double n_atoms, double reach) {
    double inside = 1, with_ghosts = 1, volume = 1;
    for (std::size_t k = 0; k < 3; ++k) {
        const double edge = box.cell[4 * k], width = edge / grid[k];
        inside *= width;
        with_ghosts *= width + 2 * reach;
        volume *= edge;
    }
    return (with_ghosts - inside) * n_atoms / volume;
}

}  // namespace dpmd::bench
