#pragma once
// Periodic images: into which copy of the cell a position falls, and which images of an atom come near the cell.
#include <cmath>
#include <cstdint>

#include "math/matrix3.hpp"

namespace dpmd {

/// A cell with vectors in all directions, including non-periodic ones.
struct PeriodicCell {
    Matrix3 cell = identity3;  ///< rows are lattice vectors, Å
    Matrix3 inverse_cell = identity3;
    bool periodic[3] = {};
    double width[3] = {};  ///< distance between opposite faces, Å
};

/// A position more cells than this from the box cannot be wrapped.
inline constexpr double farthest_cell = 1e9;

/// Lattice vectors to subtract from a position so that it lies in the box along the periodic directions. Returns false,
/// with the offending number in `cells`, when it is too far away.
DPMD_HD bool wrap_cells(const double position[3], const PeriodicCell& lattice, double cells[3]) {
    const Vector3 fractional = row_times(position, lattice.inverse_cell);
    bool fits = true;
    for (int k = 0; k < 3; ++k) {
        cells[k] = lattice.periodic[k] ? ::floor(fractional[k]) : 0.0;
        fits = fits && cells[k] <= farthest_cell && cells[k] >= -farthest_cell;
    }
    return fits;
}

/// The images n of an atom, low[k] <= n_k <= high[k]; n = 0 is the atom itself.
struct ImageRange {
    std::int32_t low[3], high[3];
    DPMD_HD std::int64_t count() const {
        std::int64_t n = 1;
        for (int k = 0; k < 3; ++k) n *= high[k] - low[k] + 1;
        return n - 1;
    }
    /// Image number `place` of count(), with the last direction fastest and without the atom itself. For counts below
    /// 2^32.
    DPMD_HD void at(std::int64_t place, std::int32_t image[3]) const {
        const auto rows = static_cast<std::uint32_t>(high[1] - low[1] + 1);
        const auto columns = static_cast<std::uint32_t>(high[2] - low[2] + 1);
        auto k = static_cast<std::uint32_t>(place);
        const std::uint32_t itself =
            (std::uint32_t(-low[0]) * rows + std::uint32_t(-low[1])) * columns - std::uint32_t(low[2]);
        if (k >= itself) ++k;
        const std::uint32_t row = k / columns, plane = row / rows;
        image[0] = low[0] + static_cast<std::int32_t>(plane);
        image[1] = low[1] + static_cast<std::int32_t>(row - plane * rows);
        image[2] = low[2] + static_cast<std::int32_t>(k - row * columns);
    }
};

/// Images with -reach <= (f + n) width <= width + reach in each periodic direction; slightly wider to allow for
/// rounding.
DPMD_HD ImageRange image_range(const PeriodicCell& lattice, const double* position, double reach) {
    const Vector3 fractional = row_times(position, lattice.inverse_cell);
    ImageRange range{};
    for (int k = 0; k < 3; ++k) {
        if (!lattice.periodic[k]) continue;
        const double margin = reach / lattice.width[k] * (1 + 1e-12) + 1e-12;
        range.low[k] = static_cast<std::int32_t>(::ceil(-margin - fractional[k]));
        range.high[k] = static_cast<std::int32_t>(::floor(1 + margin - fractional[k]));
    }
    return range;
}

}  // namespace dpmd
