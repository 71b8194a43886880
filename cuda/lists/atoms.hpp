#pragma once
// Moves atoms between the caller's order and the list's, and between owners and their ghosts.
#include "backend/ghosts.hpp"
#include "backend/neighbors.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

void separate_atoms(Queue& queue, const SeparateAtomsArgs& args);
void place_atoms(Queue& queue, const PlaceAtomsArgs& args);
void forward_ghosts(Queue& queue, const ForwardGhostsArgs& args);
void reverse_ghosts(Queue& queue, const ReverseGhostsArgs& args);
void return_atoms(Queue& queue, const ReturnAtomsArgs& args);
void take_atoms(Queue& queue, const TakeAtomsArgs& args);

}  // namespace dpmd::gpu
