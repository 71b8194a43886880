#pragma once
// bfloat16: the upper 16 bits of a single-precision number.
#include <cstdint>

#include "math/elementary.hpp"

namespace dpmd {

/// Nearest bfloat16, ties to even, as a single; for a scalar or a vector of lanes. NaN stays NaN.
template <class V>
DPMD_HD V round_to_bfloat16(V x) {
    using Integer = typename LaneOf<V>::Integer;
    Integer bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    const auto is_nan = (bits & 0x7fffffff) > 0x7f800000;
    bits = (bits + 0x7fff + ((bits >> 16) & 1)) & ~0xffff;
    V rounded;
    __builtin_memcpy(&rounded, &bits, sizeof rounded);
    return is_nan ? x : rounded;
}

/// The 16 bits of a number that is a bfloat16.
DPMD_HD std::uint32_t bfloat16_bits(float x) {
    std::uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits >> 16;
}

}  // namespace dpmd
