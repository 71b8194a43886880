#pragma once
// The integration verbs on the GPU.
#include "backend/integrate.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

void kick(Queue& queue, const KickArgs& args);
void drift(Queue& queue, const DriftArgs& args);
void scale_velocities(Queue& queue, const ScaleVelocitiesArgs& args);
void shift_velocities(Queue& queue, const ShiftVelocitiesArgs& args);
void langevin(Queue& queue, const LangevinArgs& args);

}  // namespace dpmd::gpu
