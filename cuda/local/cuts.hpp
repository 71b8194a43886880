#pragma once
// Where more neighbours than `sel` are to be ignored, as DeePMD-kit does: which are the nearest.
#include "local/environment.hpp"
#include "local/system.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Cuts of all atoms of a tile; system.cuts must be null.
void find_cuts(Queue& queue, const AtomTile& tile, const EnvironmentView& environment, Cut* cuts);

}  // namespace dpmd::gpu
