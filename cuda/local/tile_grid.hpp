#pragma once
// Launches that give one tile of lanes to each atom.
#include "gpu_platform.hpp"

namespace dpmd::gpu {

inline constexpr int atoms_per_block = 4, threads_of_atoms = atoms_per_block * tile_lanes;

inline Grid grid_of_atoms(std::int32_t n_atoms) {
    return {static_cast<unsigned>((n_atoms + atoms_per_block - 1) / atoms_per_block)};
}

}  // namespace dpmd::gpu
