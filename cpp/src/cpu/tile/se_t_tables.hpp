#pragma once
// se_e3 in tables (docs/compression.md). The features are linear in the polynomials of the tables, so that the powers
// of the places of all pairs are summed first, by interval, and then multiplied by the coefficients, for several atoms
// at once: a pair costs the same for any number of channels. Backwards the gradient of the features times the
// coefficients gives one polynomial for each interval, whose value is dE/dx of a pair.
#include "cpu/tile/gemm.hpp"
#include "cpu/tile/se_t_pairs.hpp"
#include "cpu/tile/stage_clock.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// As many lanes as there are powers, whatever the width of the registers.
template <class Real>
struct PowersOf {
    typedef Real type __attribute__((vector_size(angle_powers * sizeof(Real))));
};

/// sums [angle_powers] += weight x^p.
template <class Real>
DPMD_HD void add_powers(Real x, Real weight, Real* sums) {
    using Powers = typename PowersOf<Real>::type;
    // x^p as a product over the bits of p
    constexpr Powers one{0, 1, 0, 1, 0, 1, 0, 1}, not_one{1, 0, 1, 0, 1, 0, 1, 0};
    constexpr Powers two{0, 0, 1, 1, 0, 0, 1, 1}, not_two{1, 1, 0, 0, 1, 1, 0, 0};
    constexpr Powers four{0, 0, 0, 0, 1, 1, 1, 1}, not_four{1, 1, 1, 1, 0, 0, 0, 0};
    const Real x2 = x * x, x4 = x2 * x2;
    const Powers powers = (x * one + not_one) * (x2 * two + not_two) * (x4 * four + not_four);
    Powers sum;
    __builtin_memcpy(&sum, sums, sizeof sum);
    sum += weight * powers;
    __builtin_memcpy(sums, &sum, sizeof sum);
}

/// Where the pairs of a strip stand in a table; arrays as long as the longest strip, in whole vectors.
template <class Real>
struct PairPlaces {
    Real *theta, *step, *slope;  ///< as in angle_step
    Real* both;                  ///< dE/d(w_j w_k), on the way back

    PairPlaces(const TileRows<Real>& rows, Workspace& workspace) {
        std::size_t most = 0;
        for (int t = 0; t < rows.n_types; ++t)
            for (int a = 0; a < rows.n_atoms; ++a) {
                const auto n = std::size_t(rows.end(t, a) - rows.begin(t, a));
                most = most > n ? most : n;
            }
        for (Real** array : {&theta, &step, &slope, &both})
            *array = workspace.take<Real>(most + std::size_t(lanes<Real>));
    }
    DPMD_HD void find(const PairStrip& strip, const TileRows<Real>& rows, const AngleGrid<Real>& grid) const {
        using V = Vector<Real>;
        find_thetas(strip, rows, theta);
        for (int k = strip.count; k % lanes<Real> != 0; ++k) theta[k] = Real(0);
        for (int k = 0; k < strip.count; k += lanes<Real>) {
            const ValueSlope<V> f = angle_step(load(theta + k), grid);
            store(step + k, f.value);
            store(slope + k, f.slope);
        }
    }
};

/// Adds the powers of the places of all pairs of an atom to sums [n_intervals][angle_powers], and those of pairs by
/// their switches to `weighted`, unless that is null.
template <class Real>
DPMD_HD void sum_powers(const typename PackedSeTTables<Real>::Pair& pair, const TileRows<Real>& rows, int atom,
                        const PairPlaces<Real>& places, const PairSwitches<Real>& switches, Real* sums,
                        Real* weighted) {
    for_each_strip(rows, atom, pair.a, pair.b, [&](const PairStrip& strip) {
        places.find(strip, rows, pair.grid);
        for (int k = 0; k < strip.count; ++k) {
            const int interval = angle_interval(places.step[k], pair.grid);
            const Real x = angle_place(places.step[k], interval, pair.grid), weight = Real(strip.weight(k));
            add_powers(x, weight, sums + interval * angle_powers);
            if (weighted != nullptr)
                add_powers(x, weight * switches.of_pair(strip, k), weighted + interval * angle_powers);
        }
    });
}

/// From normalised environment rows to features; nothing is kept.
template <class Real>
const void* forward(const PackedSeTTables<Real>& descriptor, int center, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    const int stride = descriptor.stride;
    const PairPlaces<Real> places(rows, workspace);
    const PairSwitches<Real> switches(descriptor, rows, workspace);
    Real* product = workspace.take<Real>(std::size_t(row_block) * std::size_t(stride));
    for (int first = 0; first < rows.n_atoms; first += row_block) {
        const int n_atoms = rows.n_atoms - first < row_block ? rows.n_atoms - first : row_block;
        for (int a = first; a < first + n_atoms; ++a)
            for (int c = 0; c < descriptor.n_channels; ++c) features.row(a)[c] = Real(0);
        for (const auto& pair : descriptor.pairs) {
            const Workspace::Mark mark = workspace.mark();
            const int n_sums = pair.n_sums(), n_all = row_block * n_sums * (pair.is_weighted ? 2 : 1);
            Real* sums = workspace.take<Real>(std::size_t(n_all));
            Real* weighted = pair.is_weighted ? sums + row_block * n_sums : nullptr;
            for (int k = 0; k < n_all; ++k) sums[k] = Real(0);
            for (int a = 0; a < n_atoms; ++a)
                sum_powers<Real>(pair, rows, first + a, places, switches, sums + a * n_sums,
                                 pair.is_weighted ? weighted + a * n_sums : nullptr);
            const auto add = [&](const Real* powers, const PackedMatrix<Real>& values) {
                gemm<Real>(row_block, powers, n_sums, values, nullptr, product, stride);
                for (int a = 0; a < n_atoms; ++a)
                    for (int c = 0; c < descriptor.n_channels; ++c)
                        features.row(first + a)[c] += product[a * stride + c];
            };
            add(sums, pair.values);
            if (pair.is_weighted) add(weighted, pair.weighted_values);
            workspace.release(mark);
        }
    }
    append_constants(descriptor, center, rows, features);
    clock.ends(Stage::embedding);
    return nullptr;
}

/// Adds to the gradient of an atom's rows from slopes [n_intervals][angle_powers], the derivative of the energy in
/// every interval, and from `weighted`, what is multiplied by switches, unless that is null.
template <class Real>
DPMD_HD void add_row_gradient(const typename PackedSeTTables<Real>::Pair& pair, const TileRows<Real>& rows, int atom,
                              const PairPlaces<Real>& places, const PairSwitches<Real>& switches, const Real* slopes,
                              const Real* weighted, Real* const row_gradient[4]) {
    for_each_strip(rows, atom, pair.a, pair.b, [&](const PairStrip& strip) {
        places.find(strip, rows, pair.grid);
        for (int k = 0; k < strip.count; ++k) {
            const int interval = angle_interval(places.step[k], pair.grid);
            const Real* p = slopes + interval * angle_powers;
            const Real x = angle_place(places.step[k], interval, pair.grid), weight = Real(strip.weight(k));
            Real value = p[angle_powers - 2];
            for (int power = angle_powers - 3; power >= 0; --power) value = value * x + p[power];
            if (weighted != nullptr) {
                const ValueSlope<Real> f = angle_polynomial(weighted + interval * angle_powers, 1, x);
                value += f.slope * switches.of_pair(strip, k);
                places.both[k] = f.value * weight;
            }
            places.slope[k] *= value * weight;
        }
        add_pair_gradients(strip, rows, places.slope, row_gradient);
        if (weighted != nullptr) switches.add_gradients(strip, places.both);
    });
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeTTables<Real>& descriptor, int, const void*, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const int stride = descriptor.stride;
    const PairPlaces<Real> places(rows, workspace);
    const PairSwitches<Real> switches(descriptor, rows, workspace);
    Real* d = workspace.take<Real>(std::size_t(row_block) * std::size_t(stride));
    for (int k = 0; k < row_block * stride; ++k) d[k] = Real(0);
    clear_gradient(rows, gradient.component);
    for (int first = 0; first < rows.n_atoms; first += row_block) {
        const int n_atoms = rows.n_atoms - first < row_block ? rows.n_atoms - first : row_block;
        for (int a = 0; a < n_atoms; ++a)
            for (int c = 0; c < descriptor.n_channels; ++c) d[a * stride + c] = d_features.row(first + a)[c];
        for (const auto& pair : descriptor.pairs) {
            const Workspace::Mark mark = workspace.mark();
            const int n_sums = pair.n_sums();
            const auto polynomials = [&](const PackedMatrix<Real>& coefficients) {
                Real* out = workspace.take<Real>(std::size_t(row_block) * std::size_t(n_sums));
                gemm<Real>(row_block, d, stride, coefficients, nullptr, out, n_sums);
                return out;
            };
            const Real* slopes = polynomials(pair.slopes);
            const Real* weighted = pair.is_weighted ? polynomials(pair.weighted_polynomials) : nullptr;
            for (int a = 0; a < n_atoms; ++a)
                add_row_gradient<Real>(pair, rows, first + a, places, switches, slopes + a * n_sums,
                                       pair.is_weighted ? weighted + a * n_sums : nullptr, gradient.component);
            workspace.release(mark);
        }
    }
    switches.finish(descriptor, rows, gradient, workspace);
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
