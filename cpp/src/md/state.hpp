#pragma once
// The atoms, their cell and what is known about them at the current step.
#include <array>
#include <cstdint>
#include <span>

#include "core/mirrored_array.hpp"
#include "dpmd/box.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd::md {

/// Sums over the velocities; independent of the order of the atoms and of threads.
struct Motion {
    std::array<double, 6> kinetic_tensor{};  ///< sum m v_a v_b: xx yy zz xy xz yz, eV
    Vector3 momentum{};                      ///< sum m v, eV fs/Å

    /// Sum of m v^2, eV.
    double twice_kinetic_energy() const { return kinetic_tensor[0] + kinetic_tensor[1] + kinetic_tensor[2]; }
};

/// What a State is made from; every array is copied.
struct StateStart {
    std::span<const double> positions;    ///< [n][3] Å
    std::span<const std::int32_t> types;  ///< [n]
    std::span<const double> velocities;   ///< [n][3] Å/fs, or empty: at rest
    std::span<const double> masses;       ///< [n_types] atomic mass units
    Box box;
};

/// Atoms stand in the order of their ids, 0 to n - 1, in the memory of a backend. Positions are never wrapped.
struct State {
    explicit State(const StateStart& start, Memory& memory = host_memory());

    std::int32_t n = 0;
    MirroredArray<std::int64_t> ids;
    MirroredArray<std::int32_t> types;
    MirroredArray<double> mass, inverse_mass;             ///< [n_types] eV fs^2/Å^2 and its inverse
    MirroredArray<double> positions, velocities, forces;  ///< [n][3] Å, Å/fs, eV/Å
    double total_mass = 0;                        ///< eV fs^2/Å^2
    Box box;
    Lattice lattice;  ///< of `box`

    std::int64_t step = 0;
    double energy = 0;  ///< potential energy of these positions, eV
    Matrix3 virial{};   ///< sum F_i (x) r_i, eV
    Motion motion;      ///< of these velocities

    bool zero_momentum = true;  ///< the total momentum is held at zero
    int degrees_of_freedom = 0;
    double speed_limit = 0;  ///< Å/fs; an atom that reaches it has flown away

    /// Replaces the lattice vectors. InputError when they lie in a plane or are not finite.
    void set_cell(const Matrix3& cell);
};

}  // namespace dpmd::md
