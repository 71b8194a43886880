#pragma once
// Elementary functions for a scalar or for a GCC/clang vector: one source for every instruction set.
#include <cstdint>
#include <type_traits>

#include "math/hd.hpp"

namespace dpmd {

template <class V>
struct LaneOf {
    using Real = V;
    using Integer = std::conditional_t<sizeof(V) == 8, std::int64_t, std::int32_t>;
};

/// A value in every lane of V; for a scalar, the value.
template <class V, class T>
DPMD_HD V broadcast(T value) {
    return value - V{};
}

/// e^y = scale (1 + expm1), by reduction to |r| <= ln2/2 and a Taylor polynomial. y may not be so small that scale is
/// no normal number.
template <class V>
struct ReducedExponential {
    V scale, expm1;
};

template <class V>
DPMD_HD ReducedExponential<V> reduced_exponential(V y) {
    using Integer = typename LaneOf<V>::Integer;
    using Real = typename LaneOf<V>::Real;
    static_assert(sizeof(Integer) == sizeof(V));
    constexpr bool is_double = sizeof(Real) == 8;
    // 2^52 * 1.5 (2^23 * 1.5): adding it rounds to an integer, which is left in the low mantissa bits.
    constexpr Real round_shift = is_double ? Real(6755399441055744.0) : Real(12582912.0);
    constexpr Real ln2_high = is_double ? Real(6.93147180369123816490e-01) : Real(0.693359375);
    constexpr Real ln2_low = is_double ? Real(1.90821492927058770002e-10) : Real(-2.12194440e-4);
    constexpr int mantissa = is_double ? 52 : 23, exponent_bias = is_double ? 1023 : 127;

    const V shifted = y * Real(1.4426950408889634) + round_shift;
    const V n = shifted - round_shift;
    const V r = (y - n * ln2_high) - n * ln2_low;
    Integer bits;
    __builtin_memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + exponent_bias) << mantissa;
    ReducedExponential<V> out;
    __builtin_memcpy(&out.scale, &bits, sizeof out.scale);

    V p;
    if constexpr (is_double) {
        p = broadcast<V>(Real(1.0 / 6227020800.0));
        p = p * r + Real(1.0 / 479001600.0);
        p = p * r + Real(1.0 / 39916800.0);
        p = p * r + Real(1.0 / 3628800.0);
        p = p * r + Real(1.0 / 362880.0);
        p = p * r + Real(1.0 / 40320.0);
        p = p * r + Real(1.0 / 5040.0);
    } else {
        p = broadcast<V>(Real(1.0 / 5040.0));
    }
    p = p * r + Real(1.0 / 720.0);
    p = p * r + Real(1.0 / 120.0);
    p = p * r + Real(1.0 / 24.0);
    p = p * r + Real(1.0 / 6.0);
    p = p * r + Real(0.5);
    out.expm1 = r + r * r * p;
    return out;
}

/// tanh(x) = -m/(m + 2) with m = expm1(-2|x|), accurate to about 3 ulp.
template <class V>
DPMD_HD V tanh_of(V x) {
    using Real = typename LaneOf<V>::Real;
    constexpr Real saturated = sizeof(Real) == 8 ? Real(20.0) : Real(10.0);
    const V ax_raw = x < Real(0) ? -x : x;
    const V ax = ax_raw > saturated ? broadcast<V>(saturated) : ax_raw;  // written so that NaN stays NaN
    const ReducedExponential<V> e = reduced_exponential<V>(Real(-2) * ax);
    const V m = e.scale * e.expm1 + (e.scale - Real(1));
    const V t = -m / (m + Real(2));
    return x < Real(0) ? -t : t;
}

/// e^x for x <= 0, 0 where that is less than the smallest normal numbers.
template <class V>
DPMD_HD V exp_of_negative(V x) {
    using Real = typename LaneOf<V>::Real;
    constexpr Real least = sizeof(Real) == 8 ? Real(-700.0) : Real(-85.0);
    const V within = x < least ? broadcast<V>(least) : x;  // written so that NaN stays NaN
    const ReducedExponential<V> e = reduced_exponential<V>(within);
    const V value = e.scale + e.scale * e.expm1;
    return x < least ? V{} : value;
}

}  // namespace dpmd
