#pragma once
// The simulation box.
#include <array>

namespace dpmd {

/// Lattice vectors as rows, Å, and which of them are periodic. The vector of a non-periodic direction is ignored.
struct Box {
    std::array<double, 9> cell{};
    std::array<bool, 3> periodic{};

    static Box open() { return {}; }
    static Box fully_periodic(const std::array<double, 9>& cell) { return {cell, {true, true, true}}; }
    bool any_periodic() const { return periodic[0] || periodic[1] || periodic[2]; }
    bool operator==(const Box&) const = default;
};

}  // namespace dpmd
