#include "lists/cell_grid.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace dpmd::gpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr int threads = 256, tiles = threads / tile_lanes;
constexpr std::int64_t most_boxes = 64;

GPU_DEVICE double lower(double a, double b) { return a < b ? a : b; }

/// boxes[block][6]: lowest coordinates of the block's atoms, then lowest negated coordinates.
GPU_KERNEL bounding_boxes(const double* positions, std::int32_t n, double* boxes) {
    SharedMemory shared;
    auto* of_tiles = shared.take<double>(tiles * 6);
    double box[6];
    for (int k = 0; k < 6; ++k) box[k] = infinity;
    for (std::int64_t i = item(); i < n; i += static_cast<std::int64_t>(grid_blocks()) * block_threads())
        for (int k = 0; k < 3; ++k) {
            box[k] = lower(box[k], positions[3 * i + k]);
            box[3 + k] = lower(box[3 + k], -positions[3 * i + k]);
        }
    for (int k = 0; k < 6; ++k) {
        for (int step = tile_lanes / 2; step > 0; step /= 2) box[k] = lower(box[k], shuffle_xor(box[k], step));
        if (lane() == 0) of_tiles[tile() * 6 + k] = box[k];
    }
    sync_block();
    if (thread_index() < 6) {
        double lowest = infinity;
        for (int t = 0; t < tiles; ++t) lowest = lower(lowest, of_tiles[t * 6 + thread_index()]);
        boxes[block_index() * 6 + thread_index()] = lowest;
    }
}

GPU_KERNEL find_cells(const double* positions, std::int32_t n, CellLattice lattice, std::uint64_t* keys,
                      std::int32_t* order) {
    const std::int64_t i = item();
    if (i >= n) return;
    std::int64_t at[3];
    lattice.locate(positions + 3 * i, at);
    keys[i] = lattice.key(at[0], at[1], at[2]);
    order[i] = static_cast<std::int32_t>(i);
}

}  // namespace

void CellGrid::build(const double* positions, std::int32_t n, double cell_size) {
    const std::int64_t n_boxes = std::min<std::int64_t>((n + threads - 1) / threads, most_boxes);
    boxes_.resize_discard(6 * most_boxes);
    queue_.launch("bounding_boxes", bounding_boxes, Grid{static_cast<unsigned>(n_boxes)}, threads,
                  shared_piece<double>(tiles * 6), positions, n, boxes_.data());
    double boxes[6 * most_boxes];
    queue_.to_host(boxes, boxes_.data(), static_cast<std::size_t>(6 * n_boxes) * sizeof(double));
    double low[3], high[3];
    for (int k = 0; k < 3; ++k) {
        low[k] = boxes[k];
        high[k] = -boxes[3 + k];
        for (std::int64_t b = 1; b < n_boxes; ++b) {
            low[k] = std::min(low[k], boxes[6 * b + k]);
            high[k] = std::max(high[k], -boxes[6 * b + 3 + k]);
        }
    }
    lattice_ = CellLattice(low, high, cell_size);

    sorter_.resize(n);
    queue_.for_each("find_cells", n, find_cells, positions, n, lattice_, sorter_.keys(), sorter_.values());
    sorter_.sort(std::bit_width(lattice_.key(lattice_.cells[0] - 1, lattice_.cells[1] - 1, lattice_.cells[2] - 1)));
}

}  // namespace dpmd::gpu
