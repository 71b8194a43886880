#pragma once
// The integration verbs. Arrays are [n] or [n][3] in backend memory; masses are per type.
// Units: Å, Å/fs, eV, fs, and mass in eV fs^2/Å^2 (constants.hpp).
#include <cstdint>

#include "math/fixed_point.hpp"
#include "math/matrix3.hpp"
#include "math/philox.hpp"

namespace dpmd {

/// v <- scale v + (dt/m) F, with a full matrix for anisotropic barostats: v <- v * scale + F dt_over_m * response.
/// Row-vector convention.
struct KickArgs {
    std::int32_t n = 0;
    const std::int32_t* types = nullptr;
    const double* inverse_mass = nullptr;  ///< [n_types]
    const double* forces = nullptr;        ///< [n][3] eV/Å
    double dt = 0;                         ///< fs
    Matrix3 scale = identity3;             ///< of the old velocity
    Matrix3 response = identity3;          ///< of the kick
    double* velocities = nullptr;          ///< [n][3] in and out
};

/// x <- x * scale + v * response * dt, row-vector convention.
struct DriftArgs {
    std::int32_t n = 0;
    const double* velocities = nullptr;
    double dt = 0;
    Matrix3 scale = identity3;
    Matrix3 response = identity3;
    double* positions = nullptr;
};

/// v <- factor v.
struct ScaleVelocitiesArgs {
    std::int32_t n = 0;
    double factor = 1;
    double* velocities = nullptr;
};

/// Ornstein-Uhlenbeck step of Langevin dynamics: v <- decay v + sqrt((1 - decay^2) kT/m) xi, xi from Philox by atom id.
struct LangevinArgs {
    std::int32_t n = 0;
    const std::int32_t* types = nullptr;
    const std::int64_t* ids = nullptr;     ///< [n] global ids
    const double* inverse_mass = nullptr;  ///< [n_types]
    double decay = 1;                      ///< exp(-dt/tau)
    double kT = 0;                         ///< eV
    RandomKey key{};
    double* velocities = nullptr;
};

/// Order-independent sums over atoms, for temperature, pressure and momentum; and whether all of them move sanely.
struct KineticArgs {
    std::int32_t n = 0;
    const std::int32_t* types = nullptr;
    const double* mass = nullptr;  ///< [n_types]
    const double* velocities = nullptr;
    FixedSum* kinetic_tensor = nullptr;  ///< [6] sum m v_a v_b: xx yy zz xy xz yz, eV
    FixedSum* momentum = nullptr;        ///< [3] sum m v, or null
    double speed_limit = 0;              ///< Å/fs
    std::int32_t* too_fast = nullptr;    ///< [1] first atom whose speed is not below the limit (or NaN), -1: none
};

/// v <- v - shift.
struct ShiftVelocitiesArgs {
    std::int32_t n = 0;
    Vector3 shift{};
    double* velocities = nullptr;
};

/// The largest |x - reference * deformation|, row-vector convention: has an atom left the reach of its list?
struct DisplacementArgs {
    std::int32_t n = 0;
    const double* positions = nullptr;
    const double* reference = nullptr;
    Matrix3 deformation = identity3;  ///< reference cell to cell of now
    double max_squared = 0;           ///< out, Å^2; infinite if any position is not finite
};

}  // namespace dpmd
