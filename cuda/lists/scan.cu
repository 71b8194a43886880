// Chunks are summed, the sums are scanned in the same way, and every chunk is scanned starting from its sum.
#include "lists/scan.hpp"

namespace dpmd::gpu {
namespace {

constexpr int threads = 256, tiles = threads / tile_lanes, rounds = 8;
constexpr std::int64_t chunk = threads * rounds;

std::int64_t n_chunks(std::int64_t n) { return (n + chunk - 1) / chunk; }

GPU_KERNEL sum_chunks(const std::int64_t* values, std::int64_t n, std::int64_t* sums) {
    SharedMemory shared;
    auto* tile_sums = shared.take<std::int64_t>(tiles);
    std::int64_t sum = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::int64_t i = block_index() * chunk + round * threads + thread_index();
        if (i < n) sum += values[i];
    }
    sum = tile_sum(sum);
    if (lane() == 0) tile_sums[tile()] = sum;
    sync_block();
    if (thread_index() == 0) {
        for (int t = 1; t < tiles; ++t) sum += tile_sums[t];
        sums[block_index()] = sum;
    }
}

/// `before`: the sum before each chunk, null: zero.
GPU_KERNEL scan_chunks(std::int64_t* values, std::int64_t n, const std::int64_t* before) {
    SharedMemory shared;
    auto* tile_sums = shared.take<std::int64_t>(tiles);
    std::int64_t sum = before != nullptr ? before[block_index()] : 0;
    for (int round = 0; round < rounds; ++round) {
        const std::int64_t i = block_index() * chunk + round * threads + thread_index();
        const std::int64_t value = i < n ? values[i] : 0;
        const std::int64_t up_to = tile_scan(value);
        if (lane() == tile_lanes - 1) tile_sums[tile()] = up_to;
        sync_block();
        std::int64_t offset = sum;
        for (int t = 0; t < tiles; ++t) {
            if (t < tile()) offset += tile_sums[t];
            sum += tile_sums[t];
        }
        sync_block();
        if (i < n) values[i] = offset + up_to - value;
        if (i == n - 1) values[n] = offset + up_to;
    }
}

}  // namespace

void Scan::exclusive(std::int64_t* values, std::int64_t n) {
    std::int64_t n_sums = 0;
    for (std::int64_t level = n_chunks(n); level > 1; level = n_chunks(level)) n_sums += level + 1;
    sums_.resize_with_slack(static_cast<std::size_t>(n_sums));
    exclusive(values, n, sums_.data());
}

void Scan::exclusive(std::int64_t* values, std::int64_t n, std::int64_t* sums) {
    if (n == 0) return queue_.clear(values, sizeof(std::int64_t));
    const std::int64_t blocks = n_chunks(n);
    const Grid grid{static_cast<unsigned>(blocks)};
    constexpr std::size_t shared_bytes = shared_piece<std::int64_t>(tiles);
    if (blocks > 1) {
        queue_.launch("sum_chunks", sum_chunks, grid, threads, shared_bytes, values, n, sums);
        exclusive(sums, blocks, sums + blocks + 1);
    }
    queue_.launch("scan_chunks", scan_chunks, grid, threads, shared_bytes, values, n, blocks > 1 ? sums : nullptr);
}

}  // namespace dpmd::gpu
