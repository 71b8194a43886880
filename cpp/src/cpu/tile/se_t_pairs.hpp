#pragma once
// The pairs of neighbours of the atoms of a tile, which se_e3 sums over: theta_jk = R_j . R_k, where R is the direction
// part of a normalised row. Each unordered pair is visited once.
#include "cpu/tile/rows.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Pairs of row j with rows [first, first + count) of the same atom. Those behind the first n_single stand for (k, j)
/// too, and count twice.
struct PairStrip {
    int atom, j, first, count, n_single;

    DPMD_HD int weight(int k) const { return k < n_single ? 1 : 2; }
    /// The part that begins at pair `from` of at most `most` pairs.
    DPMD_HD PairStrip part(int from, int most) const {
        return {atom, j, first + from, count - from < most ? count - from : most,
                n_single > from ? n_single - from : 0};
    }
};

/// Calls f with the strips of an atom for neighbours of the types a <= b.
template <class Real, class F>
DPMD_HD void for_each_strip(const TileRows<Real>& rows, int atom, int a, int b, F&& f) {
    const int end = rows.end(b, atom);
    for (int j = rows.begin(a, atom); j < rows.end(a, atom); ++j) {
        const int first = a == b ? j : rows.begin(b, atom), count = end - first;
        if (count > 0) f(PairStrip{atom, j, first, count, a == b ? 1 : count});
    }
}

/// theta [count] of a strip. Here and below whole vectors are counted from the beginning of the strip, so that bits do
/// not depend on where the strip stands in the tile.
template <class Real>
DPMD_HD void find_thetas(const PairStrip& strip, const TileRows<Real>& rows, Real* theta) {
    constexpr int L = lanes<Real>;
    const Real *x = rows.row[1] + strip.first, *y = rows.row[2] + strip.first, *z = rows.row[3] + strip.first;
    const Real own[3] = {rows.row[1][strip.j], rows.row[2][strip.j], rows.row[3][strip.j]};
    int k = 0;
    for (; k + L <= strip.count; k += L)
        store(theta + k, own[0] * load(x + k) + own[1] * load(y + k) + own[2] * load(z + k));
    for (; k < strip.count; ++k) theta[k] = own[0] * x[k] + own[1] * y[k] + own[2] * z[k];
}

/// row_gradient of both rows of each pair from slope [count] = dE/dtheta, with the weight of the pair in it.
template <class Real>
DPMD_HD void add_pair_gradients(const PairStrip& strip, const TileRows<Real>& rows, const Real* slope,
                                Real* const row_gradient[4]) {
    constexpr int L = lanes<Real>;
    for (int c = 1; c < 4; ++c) {
        const Real* from = rows.row[c] + strip.first;
        Real* to = row_gradient[c] + strip.first;
        const Real own = rows.row[c][strip.j];
        Vector<Real> sums{};
        int k = 0;
        for (; k + L <= strip.count; k += L) {
            const Vector<Real> d = load(slope + k);
            sums += d * load(from + k);
            store(to + k, load(to + k) + d * own);
        }
        Real sum = sum_lanes<Real>(sums);
        for (; k < strip.count; ++k) {
            sum += slope[k] * from[k];
            to[k] += slope[k] * own;
        }
        row_gradient[c][strip.j] += sum;
    }
}

/// All components of all rows.
template <class Real>
DPMD_HD void clear_gradient(const TileRows<Real>& rows, Real* const row_gradient[4]) {
    for (int c = 0; c < rows.n_components; ++c)
        for (int r = 0; r < rows.n_rows; ++r) row_gradient[c][r] = Real(0);
}

}  // namespace dpmd::cpu::DPMD_ISA
