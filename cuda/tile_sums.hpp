#pragma once
// Sums over the 32 lanes of a tile; all lanes call together.
#include "gpu_platform.hpp"

namespace dpmd::gpu {

/// The sum over all lanes, in a fixed order; all lanes get it.
template <class T>
GPU_DEVICE T tile_sum(T value) {
    for (int step = tile_lanes / 2; step > 0; step /= 2) value += shuffle_xor(value, step);
    return value;
}

/// The sum up to and including this lane.
template <class T>
GPU_DEVICE T tile_scan(T value) {
    for (int step = 1; step < tile_lanes; step *= 2) {
        const T before = shuffle(value, lane() >= step ? lane() - step : lane());
        if (lane() >= step) value += before;
    }
    return value;
}

}  // namespace dpmd::gpu
