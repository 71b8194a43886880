#pragma once
// Gives a State new velocities: drawn at a temperature, or set.
#include <cstdint>
#include <span>

#include "backend/backend.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// Draws Maxwell-Boltzmann velocities at `temperature` (K) as a function of (seed, id), none for fixed atoms. The
/// momentum is removed if the state holds it at zero. `exact`: velocities are then scaled so that the temperature is
/// exactly this one. Sets state.motion.
void draw_velocities(Backend& backend, State& state, double temperature, std::uint64_t seed, bool exact);

/// Accepts velocities that were put into the state: removes the momentum if the state holds it at zero, and measures
/// the motion. Collective. Throws InputError when an atom is too fast.
void accept_velocities(Backend& backend, State& state);
/// Sets velocities [n_total][3] of all atoms, Å/fs. Collective. Throws InputError when they are not acceptable; then
/// all atoms keep their old ones.
void replace_velocities(Backend& backend, State& state, std::span<const double> velocities);

}  // namespace dpmd::md
