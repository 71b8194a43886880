#pragma once
// What integrators do to a State, through the verbs of a backend.
#include <string>

#include "backend/backend.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// The verbs below are put on the backend; nothing waits for them.
/// v <- v + (dt/m) F, or with the matrices of the state.
void kick(Backend& backend, State& state, double dt, bool with_matrices = false);
/// x <- x + dt v, or with the matrices of the state.
void drift(Backend& backend, State& state, double dt, bool with_matrices = false);
/// v <- scale v, by the factor of the state.
void scale_velocities(Backend& backend, State& state);
/// Kinetic tensor and momentum of the velocities of all ranks; halts all when an atom reaches the speed limit. With
/// several ranks this function and those below are collective, and wait.
void measure(Backend& backend, State& state);
/// Takes the velocity of the centre of mass away and measures again.
void remove_momentum(Backend& backend, State& state);

/// Brings the host's copy up to date. InputError naming the atom that has flown away, if one has, on every rank.
void pull_motion(State& state);
/// "atom 7 at (…) Å moves at … Å/fs" for the fastest atom of all ranks, which is usually to blame when the forces fail.
std::string describe_fastest(const State& state);
/// In K; that of the motion relative to the centre of mass when the momentum is not among the degrees of freedom.
double temperature(const State& state);

}  // namespace dpmd::md
