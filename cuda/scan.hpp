#pragma once
// Sums of what stands before: within a tile, and over an array in device memory.
#include <cstdint>

#include "core/array.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Sum over the lanes of the tile up to this one, itself included.
template <class T>
GPU_DEVICE T tile_scan(T value) {
    for (int step = 1; step < tile_lanes; step *= 2) {
        const T before = shuffle(value, lane() >= step ? lane() - step : lane());
        if (lane() >= step) value += before;
    }
    return value;
}

/// Sum over all lanes of the tile.
template <class T>
GPU_DEVICE T tile_sum(T value) {
    for (int step = tile_lanes / 2; step > 0; step /= 2) value += shuffle_xor(value, step);
    return value;
}

class Scan {
public:
    Scan(Queue& queue, Memory& memory) : queue_(queue), sums_(memory) {}

    /// values[i] becomes values[0] + ... + values[i - 1], for i = 0 .. n: [n + 1], of which the last is not read.
    void exclusive(std::int64_t* values, std::int64_t n);

private:
    void exclusive(std::int64_t* values, std::int64_t n, std::int64_t* sums);

    Queue& queue_;
    Array<std::int64_t> sums_;
};

}  // namespace dpmd::gpu
