#pragma once
// Sums over the lanes of vectors.
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Picks lanes of a and b by their places in (a, b).
template <class V, class Mask>
DPMD_HD V pick_lanes(V a, V b, Mask mask) {
#if defined(__clang__)
    V out;
    for (int k = 0; k < int(sizeof(V) / sizeof(a[0])); ++k) {
        const int from = int(mask[k]), n = int(sizeof(V) / sizeof(a[0]));
        out[k] = from < n ? a[from] : b[from - n];
    }
    return out;
#else
    return __builtin_shuffle(a, b, mask);
#endif
}

/// Adds the two halves of every block of `width` lanes, in a and in b, and interleaves the results: each block of a,
/// then that of b at the same place. In the result a and b have half as many lanes each, with the same sums.
template <class Real, int width>
DPMD_HD Vector<Real> add_halves(Vector<Real> a, Vector<Real> b) {
    using Integer = typename LaneOf<Vector<Real>>::Integer;
    constexpr int n = lanes<Real>;
    Integer low{}, high{};
    for (int k = 0; k < n; ++k) {
        const int block = k / width, place = k % width, half = width / 2;
        low[k] = (place < half ? 0 : n) + block * width + place % half;
        high[k] = low[k] + half;
    }
    return pick_lanes(a, b, low) + pick_lanes(a, b, high);
}

/// The sum of the lanes, adding halves pairwise: the same order of additions for every vector.
template <class Real>
DPMD_HD Real sum_lanes(Vector<Real> v) {
    if constexpr (lanes<Real> >= 16) v = add_halves<Real, lanes<Real>>(v, v);
    if constexpr (lanes<Real> >= 8) v = add_halves<Real, (lanes<Real> >= 16 ? 8 : lanes<Real>)>(v, v);
    if constexpr (lanes<Real> >= 4) v = add_halves<Real, 4>(v, v);
    return v[0] + v[1];
}

/// The same for four vectors at once.
template <class Real>
DPMD_HD void sum_lanes_of_4(const Vector<Real> v[4], Real sums[4]) {
    constexpr int n = lanes<Real>;
    if constexpr (n == 2) {
        const Vector<Real> s01 = add_halves<Real, 2>(v[0], v[1]), s23 = add_halves<Real, 2>(v[2], v[3]);
        sums[0] = s01[0], sums[1] = s01[1], sums[2] = s23[0], sums[3] = s23[1];
    } else {
        // [v0 | v1] and [v2 | v3] in halves, then [v0 v2 | v1 v3] in quarters, then partial sums within the quarters
        Vector<Real> s = add_halves<Real, n / 2>(add_halves<Real, n>(v[0], v[1]), add_halves<Real, n>(v[2], v[3]));
        if constexpr (n >= 16) s = add_halves<Real, 4>(s, s);
        if constexpr (n >= 8) s = add_halves<Real, 2>(s, s);
        sums[0] = s[0], sums[2] = s[n / 4], sums[1] = s[n / 2], sums[3] = s[3 * n / 4];
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
