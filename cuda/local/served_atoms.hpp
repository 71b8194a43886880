#pragma once
// Which atoms of a tile the moment forms serve. They leave the others, too close to their neighbours for one of the
// tables, to the networks as trained.
#include "local/system.hpp"

namespace dpmd::gpu {

struct ServedAtoms {
    std::int32_t* kept = nullptr;  ///< [n_atoms] 0: left
    std::int32_t* left = nullptr;  ///< the atoms left, appended behind totals->n_left
    bool has_notes = false;        ///< other descriptors have been here: `kept` may only change from 1 to 0
};

/// Notes whether a descriptor serves atom a of the tile. All lanes of its tile of lanes call this together, each with
/// what it has seen of the neighbours.
GPU_DEVICE void serve_or_leave(const ServedAtoms& served, DeviceTotals* totals, int a, std::int32_t atom,
                               bool too_close) {
    const bool left = ballot(too_close) != 0;
    if (lane() != 0) return;
    if (served.has_notes && (!left || served.kept[a] == 0)) return;
    served.kept[a] = left ? 0 : 1;
    if (left) served.left[atomic_add(&totals->n_left, std::int32_t(1))] = atom;
}

}  // namespace dpmd::gpu
