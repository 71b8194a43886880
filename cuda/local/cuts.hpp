#pragma once
// Where more neighbours than `sel` are to be ignored, as DeePMD-kit does: which are the nearest.
#include "local/neighborhood.hpp"

namespace dpmd::gpu {

/// Cuts of all atoms of one centre type; system.cuts must be null.
template <class Real>
void find_cuts(Queue& queue, const SystemView& system, const CenterView<Real>& center, const std::int32_t* atoms,
               std::int32_t n_atoms, Cut* cuts);

}  // namespace dpmd::gpu
