#pragma once
// Which atoms of a tile the moment form serves. It leaves the others, too close to their neighbours for its tables, to
// the networks as trained.
#include "local/system.hpp"

namespace dpmd::gpu {

struct ServedAtoms {
    std::int32_t* kept = nullptr;  ///< [n_atoms] 0: left
    std::int32_t* left = nullptr;  ///< the atoms left, appended behind totals->n_left
};

/// Notes whether atom a of the tile is served. All lanes of its tile of lanes call this together, each with what it has
/// seen of the neighbours.
GPU_DEVICE void serve_or_leave(const ServedAtoms& served, DeviceTotals* totals, int a, std::int32_t atom,
                               bool too_close) {
    const bool left = ballot(too_close) != 0;
    if (lane() != 0) return;
    served.kept[a] = left ? 0 : 1;
    if (left) served.left[atomic_add(&totals->n_left, std::int32_t(1))] = atom;
}

}  // namespace dpmd::gpu
