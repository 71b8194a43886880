#pragma once
// Sums over atoms to which many threads add: integers with atomics, so that any order gives the same result.
#include "gpu_platform.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::gpu {

GPU_DEVICE void add_sum(FixedSum* to, const FixedSum& sum) {
    for (int k = 0; k < 3; ++k) atomic_add(&to->limbs[k], sum.limbs[k]);
}

GPU_DEVICE void add_term(FixedSum* to, double term) { add_sum(to, FixedSum::of(term)); }

}  // namespace dpmd::gpu
