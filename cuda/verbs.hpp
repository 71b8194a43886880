#pragma once
// The verbs of the GPU backend that need no state of their own.
#include "backend/backend.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

void separate_atoms(Queue& queue, const SeparateAtomsArgs& args);
void place_atoms(Queue& queue, const PlaceAtomsArgs& args);
void forward_ghosts(Queue& queue, const ForwardGhostsArgs& args);
void reverse_ghosts(Queue& queue, const ReverseGhostsArgs& args);
void return_atoms(Queue& queue, const ReturnAtomsArgs& args);
void take_atoms(Queue& queue, const TakeAtomsArgs& args);

void kick(Queue& queue, const KickArgs& args);
void drift(Queue& queue, const DriftArgs& args);
void scale_velocities(Queue& queue, const ScaleVelocitiesArgs& args);
void shift_velocities(Queue& queue, const ShiftVelocitiesArgs& args);
void langevin(Queue& queue, const LangevinArgs& args);

}  // namespace dpmd::gpu
