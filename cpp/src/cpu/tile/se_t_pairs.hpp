#pragma once
// The pairs of neighbours of the atoms of a tile, which se_e3 sums over: theta_jk = R_j . R_k, where R is the direction
// part of a normalised row. Each unordered pair is visited once. Some descriptors also take the products of the
// switches of both neighbours.
#include "cpu/local/se_t_prepared.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/row_switch.hpp"

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

/// The switches of all rows of a tile, and dE/dw; null where they are not needed.
template <class Real>
struct PairSwitches {
    Real *weight = nullptr, *gradient = nullptr;  ///< [n_rows]

    PairSwitches(const SeTFrame<Real>& frame, const TileRows<Real>& rows, Workspace& workspace) {
        if (!frame.is_smooth) return;
        weight = workspace.take<Real>(std::size_t(rows.n_rows));
        gradient = workspace.take<Real>(std::size_t(rows.n_rows));
        for (int r = 0; r < rows.n_rows; ++r) {
            weight[r] = static_cast<Real>(switch_of_row(rows, r, frame.protection).value);
            gradient[r] = Real(0);
        }
    }
    /// w_j w_k of pair k of a strip; 1 where they are not needed.
    DPMD_HD Real of_pair(const PairStrip& strip, int k) const {
        return weight != nullptr ? weight[strip.j] * weight[strip.first + k] : Real(1);
    }
    /// Adds from d [count] = dE/d(w_j w_k).
    DPMD_HD void add_gradients(const PairStrip& strip, const Real* d) const {
        for (int k = 0; k < strip.count && weight != nullptr; ++k) {
            gradient[strip.j] += d[k] * weight[strip.first + k];
            gradient[strip.first + k] += d[k] * weight[strip.j];
        }
    }
    /// The gradients go on to the differences.
    void finish(const SeTFrame<Real>& frame, const TileRows<Real>& rows, RowGradient<Real>& to,
                Workspace& workspace) const {
        if (weight == nullptr) return;
        clear_difference(rows, to, workspace);
        for (int r = 0; r < rows.n_rows; ++r) {
            const double slope = switch_of_row(rows, r, frame.protection).slope;
            add_along_difference(rows, r, double(gradient[r]) * slope, to);
        }
    }
};

/// Puts the constants of the centre type behind the channels of all atoms.
template <class Real>
DPMD_HD void append_constants(const SeTFrame<Real>& frame, int center, const TileRows<Real>& rows,
                              const Features<Real>& features) {
    for (int a = 0; a < rows.n_atoms; ++a)
        for (int k = 0; k < frame.n_constants; ++k)
            features.row(a)[frame.n_channels + k] = frame.constants_of(center)[k];
}

/// All components of all rows.
template <class Real>
DPMD_HD void clear_gradient(const TileRows<Real>& rows, Real* const row_gradient[4]) {
    for (int c = 0; c < rows.n_components; ++c)
        for (int r = 0; r < rows.n_rows; ++r) row_gradient[c][r] = Real(0);
}

}  // namespace dpmd::cpu::DPMD_ISA
