#pragma once
// The integration verbs. Arrays are [n] or [n][3] in backend memory. Masses are per class: the class of an atom is its
// row in the tables of masses. Fixed atoms are in a class with mass 0 and inverse mass 0 and have no velocity: neither
// forces nor noise move them, and they add nothing to sums. Verbs that take a StepState do nothing while it halts.
// Units: Å, Å/fs, eV, fs, and mass in eV fs^2/Å^2 (constants.hpp).
#include <cstdint>

#include "backend/step_state.hpp"
#include "math/philox.hpp"

namespace dpmd {

/// v <- v + (dt/m) F; for barostats v <- v * kick_scale + (dt/m) F * kick_response of the state, row-vector convention.
struct KickArgs {
    std::int32_t n = 0;
    const std::int32_t* mass_classes = nullptr;
    const double* inverse_mass = nullptr;  ///< [n_classes]
    const double* forces = nullptr;        ///< [n][3] eV/Å
    double dt = 0;                         ///< fs
    bool with_matrices = false;            ///< use the matrices of the state
    const StepState* state = nullptr;
    double* velocities = nullptr;  ///< [n][3] in and out
};

/// x <- x + v dt; for barostats x <- x * drift_scale + v * drift_response * dt.
struct DriftArgs {
    std::int32_t n = 0;
    const double* velocities = nullptr;
    double dt = 0;
    bool with_matrices = false;
    const StepState* state = nullptr;
    double* positions = nullptr;
};

/// v <- factors.scale v of the state.
struct ScaleVelocitiesArgs {
    std::int32_t n = 0;
    const StepState* state = nullptr;
    double* velocities = nullptr;
};

/// v <- v - factors.shift of the state.
struct ShiftVelocitiesArgs {
    std::int32_t n = 0;
    const StepState* state = nullptr;
    double* velocities = nullptr;
};

/// Ornstein-Uhlenbeck step of Langevin dynamics: v <- decay v + sqrt((1 - decay^2) kT/m) xi, xi from Philox by atom id
/// and the step of the state.
struct LangevinArgs {
    std::int32_t n = 0;
    const std::int32_t* mass_classes = nullptr;
    const std::int64_t* ids = nullptr;     ///< [n] global ids
    const double* inverse_mass = nullptr;  ///< [n_classes]
    double decay = 1;                      ///< exp(-dt/tau)
    double kT = 0;                         ///< eV
    std::uint64_t seed = 0;
    RandomStream stream = RandomStream::langevin;
    const StepState* state = nullptr;
    double* velocities = nullptr;
};

/// Kinetic tensor and momentum, summed independently of the order; or a halt, when an atom has flown away.
struct MeasureArgs {
    std::int32_t n = 0;
    const std::int32_t* mass_classes = nullptr;
    const double* mass = nullptr;  ///< [n_classes]
    const double* velocities = nullptr;
    double speed_limit = 0;  ///< Å/fs; the first atom that is not below it (or NaN) has flown away
    StepState* state = nullptr;
};

/// The largest |x - reference * F| since the list was built, with F from the reference cell to the cell of the state;
/// it tells whether an atom has left the reach of its list. Infinite if a position is not finite.
struct DisplacementArgs {
    std::int32_t n = 0;
    const double* positions = nullptr;
    const double* reference = nullptr;
    Matrix3 reference_inverse_cell = identity3, reference_cell = identity3;
    StepState* state = nullptr;  ///< max_displacement_squared, out
};

}  // namespace dpmd
