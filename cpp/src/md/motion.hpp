#pragma once
// What integrators do to a State, through the verbs of a backend.
#include <string>

#include "backend/backend.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// v <- v * scale + (dt/m) F * response
void kick(Backend& backend, State& state, double dt, const Matrix3& scale = identity3,
          const Matrix3& response = identity3);
/// x <- x * scale + dt v * response
void drift(Backend& backend, State& state, double dt, const Matrix3& scale = identity3,
           const Matrix3& response = identity3);
/// v <- factor v
void scale_velocities(Backend& backend, State& state, double factor);
/// v <- v - shift
void shift_velocities(Backend& backend, State& state, const Vector3& shift);

/// Kinetic tensor and momentum of the velocities. InputError naming the atom when one reaches the speed limit.
Motion measure(Backend& backend, const State& state);
/// "atom 7 at (…) Å moves at … Å/fs", of the fastest atom: usually the one to blame when the forces fail.
std::string describe_fastest(const State& state);
/// Velocity of the centre of mass, Å/fs.
Vector3 center_velocity(const State& state, const Motion& motion);
/// Takes the velocity of the centre of mass away and measures again.
void remove_momentum(Backend& backend, State& state);

/// K: of the motion relative to the centre of mass when the momentum is not among the degrees of freedom.
double temperature(const State& state);

}  // namespace dpmd::md
