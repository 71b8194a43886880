#pragma once
// Velocities at a temperature.
#include <cstdint>

#include "backend/backend.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// Maxwell-Boltzmann velocities at `temperature` (K) as a function of (seed, id), none for fixed atoms, the momentum
/// removed if the state holds it at zero; `exact`: then scaled so that the temperature is exactly this one. Sets
/// state.motion.
void draw_velocities(Backend& backend, State& state, double temperature, std::uint64_t seed, bool exact);

}  // namespace dpmd::md
