#pragma once
// Launches that give one tile of lanes to each atom.
#include <algorithm>

#include "queue.hpp"

namespace dpmd::gpu {

inline constexpr int atoms_per_block = 4, threads_of_atoms = atoms_per_block * tile_lanes;

inline Grid grid_of_atoms(std::int32_t n_atoms) {
    return {static_cast<unsigned>((n_atoms + atoms_per_block - 1) / atoms_per_block)};
}

/// The same for blocks of so many tiles, each of which takes one atom after the other: as many blocks as keep the
/// device busy.
inline Grid looping_grid(const Queue& queue, std::int32_t n_atoms, int tiles) {
    return {static_cast<unsigned>(std::min((n_atoms + tiles - 1) / tiles, 16 * queue.properties().multiprocessors))};
}

}  // namespace dpmd::gpu
