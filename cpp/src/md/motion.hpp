#pragma once
// The operations of integrators on a State, through the verbs of a backend.
#include <string>

#include "backend/backend.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// The verbs below are queued on the backend; nothing waits for them.
/// v <- v + (dt/m) F, or the same with the matrices of the state.
void kick(Backend& backend, State& state, double dt, bool with_matrices = false);
/// x <- x + dt v, or the same with the matrices of the state.
void drift(Backend& backend, State& state, double dt, bool with_matrices = false);
/// v <- scale v, with the factor of the state.
void scale_velocities(Backend& backend, State& state);
/// Measures kinetic tensor and momentum over all ranks; halts all of them when an atom reaches the speed limit. With
/// several ranks this function and those below are collective, and wait.
void measure(Backend& backend, State& state);
/// Removes the velocity of the centre of mass and measures again.
void remove_momentum(Backend& backend, State& state);

/// Brings the host's copy up to date. If an atom has flown away, throws InputError, which names it, on every rank.
void pull_motion(State& state);
/// "atom 7 at (…) Å moves at … Å/fs" for the fastest atom of all ranks, usually the one to blame when forces fail.
std::string describe_fastest(const State& state);
/// The temperature, K; that of the motion relative to the centre of mass when the momentum is no degree of freedom.
double temperature(const State& state);

}  // namespace dpmd::md
