#pragma once
// The dynamics in a checkpoint: atoms, cell, variables of the ensemble, and the neighbour list.
#include "md/checkpoint.hpp"
#include "md/forces.hpp"
#include "md/integrator.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// Adds the current step, whose forces must be known. Only rank 0 gets the atoms. Collective.
void take_snapshot(const State& state, const Integrator& integrator, const Forces& forces, Checkpoint& to);
/// Brings a state that was made from the checkpoint's atoms to its step, with the neighbour list of that time.
/// Collective. Throws InputError when the checkpoint's variables are not those of the ensemble.
void recall_snapshot(const Checkpoint& checkpoint, State& state, Integrator& integrator, Forces& forces);

}  // namespace dpmd::md
