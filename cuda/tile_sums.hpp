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

/// While lanes have several values, they exchange halves of them. The sizes are constants, so that values stay in
/// registers.
template <int n, class T>
GPU_DEVICE T sum_halves(T* values, int mask) {
    if constexpr (n == 1) {
        T sum = values[0];
        for (; mask > 0; mask /= 2) sum += shuffle_xor(sum, mask);
        return sum;
    } else {
        const bool is_upper = (lane() & mask) != 0;
        GPU_UNROLL for (int k = 0; k < n / 2; ++k) {
            const T kept = is_upper ? values[k + n / 2] : values[k], sent = is_upper ? values[k] : values[k + n / 2];
            values[k] = kept + shuffle_xor(sent, mask);
        }
        return sum_halves<n / 2>(values, mask / 2);
    }
}

/// The sums over all lanes of n values each, n a power of two, in a fixed order: lanes [k, k + 1) * tile_lanes / n get
/// sum k. The values are overwritten.
template <int n, class T>
GPU_DEVICE T tile_sums(T values[n]) {
    static_assert(n <= tile_lanes && (n & (n - 1)) == 0);
    return sum_halves<n>(values, tile_lanes / 2);
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
