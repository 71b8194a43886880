#pragma once
// The verbs of the CPU backend that need no state.
#include "backend/ghosts.hpp"
#include "backend/integrate.hpp"
#include "backend/neighbors.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::cpu {

void check_atoms(CheckAtomsArgs& args);
void wrap(WrapArgs& args);
void make_images(MakeImagesArgs& args);
void gather_atoms(const GatherAtomsArgs& args);
void group_by_type(const GroupByTypeArgs& args);
void separate_atoms(const SeparateAtomsArgs& args);
void place_atoms(const PlaceAtomsArgs& args);
void return_atoms(const ReturnAtomsArgs& args);
void take_atoms(const TakeAtomsArgs& args);
void forward_ghosts(const ForwardGhostsArgs& args);
void reverse_ghosts(const ReverseGhostsArgs& args);

void kick(const KickArgs& args, int n_threads);
void drift(const DriftArgs& args, int n_threads);
void scale_velocities(const ScaleVelocitiesArgs& args, int n_threads);
void shift_velocities(const ShiftVelocitiesArgs& args, int n_threads);
void langevin(const LangevinArgs& args, int n_threads);
void measure(const MeasureArgs& args, int n_threads);
void displacement(const DisplacementArgs& args, int n_threads);

}  // namespace dpmd::cpu
