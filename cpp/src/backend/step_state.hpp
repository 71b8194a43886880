#pragma once
// The state of a molecular-dynamics step apart from its atoms. It is kept and changed in backend memory, so that steps
// can follow each other without the host.
#include <cstdint>

#include "math/fixed_point.hpp"
#include "math/matrix3.hpp"
#include "math/nose_hoover_chain.hpp"

namespace dpmd {

/// Sums over the velocities, independent of the order of atoms and threads.
struct Motion {
    double kinetic_tensor[6] = {};  ///< sum m v_a v_b: xx yy zz xy xz yz, eV
    Vector3 momentum{};             ///< sum m v, eV fs/Å

    /// Sum of m v^2, eV.
    DPMD_HD double twice_kinetic_energy() const { return kinetic_tensor[0] + kinetic_tensor[1] + kinetic_tensor[2]; }
};

/// The same sums before they are rounded to double, so that ranks can add theirs.
struct MotionSums {
    FixedSum kinetic_tensor[6], momentum[3];

    DPMD_HD Motion motion() const {
        Motion out;
        for (int k = 0; k < 6; ++k) out.kinetic_tensor[k] = kinetic_tensor[k].value();
        for (int k = 0; k < 3; ++k) out.momentum[k] = momentum[k].value();
        return out;
    }
};

/// The reason why steps came to a halt. While there is one, verbs that take a StepState leave everything as it is.
enum class Halt : std::int32_t {
    none,
    list_worn_out,      ///< before the forces of a step: an atom has left the reach of the neighbour list
    fallback_needed,    ///< the forces of a step are not complete: some atoms need the fallback of their model
    evaluation_failed,  ///< EvaluateTotals::status says why
    atom_flown,         ///< StepState::flown is faster than the limit
};

/// Variables of thermostats and barostats; each ensemble uses some.
struct EnsembleVariables {
    NoseHooverChain particles, barostat;
    Matrix3 cell_velocity{};  ///< g of dh/dt = h g, 1/fs
    double heat = 0;          ///< heat added by noise or rescaling since the start, eV
    double kinetic_before = 0;
};

/// Factors that one verb computes for the next.
struct StepFactors {
    double scale = 1;  ///< for scale_velocities
    Vector3 shift{};   ///< for shift_velocities
    Matrix3 kick_scale = identity3, kick_response = identity3;
    Matrix3 drift_scale = identity3, drift_response = identity3;
};

struct StepState {
    std::int64_t step = 0;
    double energy = 0;         ///< potential energy of these positions, eV
    Matrix3 virial{};          ///< sum F_i (x) r_i, eV
    Motion motion;             ///< of these velocities
    MotionSums motion_sums;    ///< of the atoms of this rank
    Matrix3 cell = identity3;  ///< Å, rows are lattice vectors, also along directions that are not periodic
    EnsembleVariables ensemble;
    StepFactors factors;
    double max_displacement_squared = 0;  ///< since the neighbour list was built, Å^2

    Halt halt = Halt::none;
    std::int32_t flown = -1;
};

}  // namespace dpmd
