#pragma once
// Sums of 64-bit fixed-point terms without overflow and by atomics: in two halves, which in any order come out the
// same.
#include <cstdint>

#include "gpu_platform.hpp"
#include "math/fixed_point.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {

/// Exact for 2^31 terms; value = high 2^32 + low.
struct HalvedSum {
    std::int64_t high, low;
};

GPU_DEVICE void add_term(HalvedSum* to, std::int64_t term) {
    atomic_add(&to->high, term >> 32);
    atomic_add(&to->low, term & 0xffffffff);
}

GPU_DEVICE void add_sum(HalvedSum* to, const HalvedSum& sum) {
    atomic_add(&to->high, sum.high);
    atomic_add(&to->low, sum.low);
}

DPMD_HD FixedSum fixed_sum(const HalvedSum& sum) {
    FixedSum out;
    out.high = sum.high >> 32;
    out.low = static_cast<std::uint64_t>(sum.high) << 32;
    out.add(sum.low);
    return out;
}

}  // namespace dpmd::gpu
