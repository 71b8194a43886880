#pragma once
// Kernels in which a tile of lanes works on one item. Tiles take items in turn until there are none left.
#include <algorithm>
#include <cstdint>

#include "queue.hpp"

namespace dpmd::gpu {

inline constexpr int most_tiles_per_block = 8;

/// The first item of this tile, and the stride to its next one.
GPU_DEVICE std::int64_t first_item() {
    return static_cast<std::int64_t>(block_index()) * (block_threads() / tile_lanes) + tile();
}
GPU_DEVICE std::int64_t n_tiles() { return static_cast<std::int64_t>(grid_blocks()) * (block_threads() / tile_lanes); }

/// The number of tiles that a device runs at once, and some more.
inline std::int64_t resident_tiles(const Queue& queue) {
    return 64 * static_cast<std::int64_t>(queue.properties().multiprocessors);
}

/// Launches kernel(arguments...) for n items on at most `tiles` tiles.
template <class... Parameters, class... Arguments>
void launch_tiles(Queue& queue, const char* name, void (*kernel)(Parameters...), std::int64_t n, std::int64_t tiles,
                  int tiles_per_block, std::size_t shared_bytes, const Arguments&... arguments) {
    const auto blocks = static_cast<unsigned>((std::min(n, tiles) + tiles_per_block - 1) / tiles_per_block);
    queue.launch(name, kernel, Grid{blocks}, tiles_per_block * tile_lanes, shared_bytes, arguments...);
}

}  // namespace dpmd::gpu
