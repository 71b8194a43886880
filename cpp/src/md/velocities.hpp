#pragma once
// Velocities that are given to a State from outside: drawn at a temperature, or set.
#include <cstdint>
#include <span>

#include "backend/backend.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// Maxwell-Boltzmann velocities at `temperature` (K) as a function of (seed, id), none for fixed atoms, the momentum
/// removed if the state holds it at zero; `exact`: then scaled so that the temperature is exactly this one. Sets
/// state.motion.
void draw_velocities(Backend& backend, State& state, double temperature, std::uint64_t seed, bool exact);

/// Takes velocities that were put into the state: the momentum is removed if the state holds it at zero, and the motion
/// measured. Collective. InputError when an atom is too fast.
void accept_velocities(Backend& backend, State& state);
/// Sets velocities [n_total][3] of all atoms, Å/fs. Collective. InputError when they cannot be: then all atoms keep
/// the ones that they had.
void replace_velocities(Backend& backend, State& state, std::span<const double> velocities);

}  // namespace dpmd::md
