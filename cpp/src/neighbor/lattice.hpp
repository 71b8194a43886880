#pragma once
// A box made complete: directions that are not periodic get unit vectors perpendicular to the periodic ones.
#include <array>
#include <cstdint>

#include "dpmd/box.hpp"
#include "math/periodic_cell.hpp"

namespace dpmd {

struct Lattice {
    Matrix3 cell = identity3;  ///< rows are lattice vectors, Å
    Matrix3 inverse_cell = identity3;
    std::array<bool, 3> periodic{};
    std::array<double, 3> width{};  ///< distance between opposite faces, Å

    Lattice() = default;
    /// Throws InputError when periodic vectors are not finite or not linearly independent.
    explicit Lattice(const Box& box);

    double volume() const;
    /// The lattice in the form that kernels take.
    PeriodicCell geometry() const;
    /// Lattice vectors to subtract from a position so that it lies in the box along the periodic directions.
    std::array<std::int32_t, 3> wrap(const double position[3]) const;
};

}  // namespace dpmd
