#pragma once
// se_e2_a in moment form (docs/compression.md): moments m = (1/N) sum_j R_j (x) B(s_j) straight from the tables,
// features S_lk = sum_c m_cl m_ck, and the same backwards. Moments are component-major, [4][stride + lanes].
#include "cpu/local/se_a_prepared.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/lane_sums.hpp"
#include "cpu/tile/stage_clock.hpp"
#include "cpu/tile/table_places.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Moment vectors whose sums are held in registers at a time.
inline constexpr int moment_block = DPMD_VECTOR_BYTES == 64 ? 4 : 2;

/// Adds rows [first, last) to n_vectors vectors of the moments, from vector `v` on.
template <class Real, int n_vectors>
DPMD_HD void add_rows(const MomentTable<Real>& table, int stride, int v, int first, int last,
                      const TablePlaces<Real>& places, Real* const row[4], Real* moments) {
    constexpr int L = lanes<Real>;
    using V = Vector<Real>;
    V sum[4][n_vectors];
    for (int k = 0; k < 4; ++k)
        for (int w = 0; w < n_vectors; ++w) sum[k][w] = load(moments + k * (stride + L) + (v + w) * L);
    for (int r = first; r < last; ++r) {
        const Real* a = table.coefficients.data() +
                        (std::size_t(places.interval[r]) * std::size_t(stride) + std::size_t(v * L)) * 6;
        const V x = broadcast<V>(places.x[r]);
        V value[n_vectors];
        for (int w = 0; w < n_vectors; ++w) value[w] = load(a + (6 * w + 5) * L);
        for (int power = 4; power >= 0; --power)
            for (int w = 0; w < n_vectors; ++w) value[w] = value[w] * x + load(a + (6 * w + power) * L);
        for (int k = 0; k < 4; ++k) {
            const V factor = broadcast<V>(row[k][r]);
            for (int w = 0; w < n_vectors; ++w) sum[k][w] += factor * value[w];
        }
    }
    for (int k = 0; k < 4; ++k)
        for (int w = 0; w < n_vectors; ++w) store(moments + k * (stride + L) + (v + w) * L, sum[k][w]);
}

/// moments [4][stride + lanes] += sum over rows [first, last) of row[k][r] * B(s_r).
template <class Real>
void add_table_rows(const MomentTable<Real>& table, int stride, int first, int last, const TablePlaces<Real>& places,
                    Real* const row[4], Real* moments) {
    const int n = stride / lanes<Real>;
    int v = 0;
    for (; v + moment_block <= n; v += moment_block)
        add_rows<Real, moment_block>(table, stride, v, first, last, places, row, moments);
    if constexpr (moment_block == 4) {
        if (n - v == 3) add_rows<Real, 3>(table, stride, v, first, last, places, row, moments);
        if (n - v == 2) add_rows<Real, 2>(table, stride, v, first, last, places, row, moments);
    }
    if (n - v == 1) add_rows<Real, 1>(table, stride, v, first, last, places, row, moments);
}

/// row_gradient [k][r] = sum_c B_c dE/dm_kc, and for the radial component also the way through s:
/// `scale` dE/ds, where row_0 = (s - shift)/scale.
template <class Real>
void table_rows_backward(const MomentTable<Real>& table, int stride, int first, int last,
                         const TablePlaces<Real>& places, Real* const row[4], const Real* d_moments, Real scale,
                         Real* const row_gradient[4]) {
    constexpr int L = lanes<Real>;
    using V = Vector<Real>;
    for (int r = first; r < last; ++r) {
        const Real* a = table.coefficients.data() + std::size_t(places.interval[r]) * std::size_t(stride) * 6;
        const V x = broadcast<V>(places.x[r]);
        V factor[4], sum[4] = {}, slope_sum{};
        for (int k = 0; k < 4; ++k) factor[k] = broadcast<V>(row[k][r]);
        for (int c = 0; c < stride; c += L, a += 6 * L) {
            V coefficients[6];
            for (int power = 0; power < 6; ++power) coefficients[power] = load(a + power * L);
            const ValueSlope<V> f = quintic<V, V>(coefficients, x);
            V back{};
            for (int k = 0; k < 4; ++k) {
                const V d = load(d_moments + k * (stride + L) + c);
                sum[k] += f.value * d;
                back += factor[k] * d;
            }
            slope_sum += f.slope * back;
        }
        Real sums[4];
        sum_lanes_of_4<Real>(sum, sums);
        row_gradient[0][r] = sums[0] + sum_lanes<Real>(slope_sum) * places.slope[r] * scale;
        for (int k = 1; k < 4; ++k) row_gradient[k][r] = sums[k];
    }
}

/// features S_lk of one atom by l < n_axis, then l <= k < n_basis; may write up to one vector beyond their end.
/// Moments must be zero from n_basis to their stride, and one vector further.
template <class Real>
void moment_features(int n_basis, int n_axis, int stride, const Real* moments, Real* features) {
    constexpr int L = lanes<Real>;
    using V = Vector<Real>;
    const Real* m[4];
    for (int k = 0; k < 4; ++k) m[k] = moments + k * (stride + L);
    for (int l = 0; l < n_axis; ++l) {
        const V axis[4] = {broadcast<V>(m[0][l]), broadcast<V>(m[1][l]), broadcast<V>(m[2][l]), broadcast<V>(m[3][l])};
        for (int k = l; k < n_basis; k += L) {
            V sum = axis[0] * load(m[0] + k);
            for (int c = 1; c < 4; ++c) sum += axis[c] * load(m[c] + k);
            store(features + (k - l), sum);
        }
        features += n_basis - l;
    }
}

/// d_moments [4][stride + lanes] from the derivatives of the features, which are readable one vector beyond their end.
template <class Real>
void moment_features_backward(int n_basis, int n_axis, int stride, const Real* moments, const Real* d_features,
                              Real* d_moments) {
    constexpr int L = lanes<Real>;
    using V = Vector<Real>;
    const Real* m[4];
    Real* dm[4];
    for (int c = 0; c < 4; ++c) {
        m[c] = moments + c * (stride + L);
        dm[c] = d_moments + c * (stride + L);
        for (int k = 0; k < stride + L; ++k) dm[c][k] = Real(0);
    }
    for (int l = 0; l < n_axis; ++l) {
        V axis[4], dot[4] = {};
        for (int c = 0; c < 4; ++c) axis[c] = broadcast<V>(m[c][l]);
        for (int k = l; k < n_basis; k += L) {
            const V d = load(d_features + (k - l));
            for (int c = 0; c < 4; ++c) {
                dot[c] += d * load(m[c] + k);
                store(dm[c] + k, load(dm[c] + k) + axis[c] * d);
            }
        }
        Real sums[4];
        sum_lanes_of_4<Real>(dot, sums);
        for (int c = 0; c < 4; ++c) dm[c][l] += sums[c];
        d_features += n_basis - l;
    }
    // what was read past the end of a row of S went to places that stand for no function
    for (int c = 0; c < 4; ++c)
        for (int k = n_basis; k < stride + L; ++k) dm[c][k] = Real(0);
}

/// What the way back needs.
template <class Real>
struct SeAMomentTape {
    TablePlaces<Real> places;
    Real* moments;     ///< [n_atoms][4][stride + lanes]
    std::size_t size;  ///< of the moments of an atom

    Real* moments_of(int atom) const { return moments + std::size_t(atom) * size; }
};

/// From normalised environment rows to features; returns a SeAMomentTape.
template <class Real>
const void* forward(const PackedSeAMoment<Real>& descriptor, int center_type, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    const auto& center = descriptor.centers[std::size_t(center_type)];
    const int n_atoms = rows.n_atoms, stride = center.stride;
    auto* tape = workspace.take<SeAMomentTape<Real>>(1);
    tape->places = find_places(center.tables, rows, workspace);
    clock.ends(Stage::environment);

    // moments; empty slots enter as a constant per slot
    tape->size = 4 * std::size_t(stride + lanes<Real>);
    tape->moments = workspace.take<Real>(std::size_t(n_atoms) * tape->size);
    for (int a = 0; a < n_atoms; ++a) {
        Real* m = tape->moments_of(a);
        for (std::size_t k = 0; k < tape->size; ++k) m[k] = Real(0);
        for (int t = 0; t < rows.n_types; ++t) {
            const int first = rows.begin(t, a), last = rows.end(t, a);
            if (first < last)
                add_table_rows(center.tables[std::size_t(t)], stride, first, last, tape->places, rows.row, m);
            const auto n_empty = static_cast<Real>(rows.empty_slots(t, a));
            const Array<Real>& slot = center.padding[std::size_t(t)];
            if (n_empty > Real(0) && !slot.empty())
                for (std::size_t k = 0; k < tape->size; ++k) m[k] += n_empty * slot[k];
        }
        for (std::size_t k = 0; k < tape->size; ++k) m[k] *= static_cast<Real>(descriptor.inverse_normalization);
    }
    clock.ends(Stage::embedding);

    const auto n_constants = static_cast<int>(center.constants.size());
    for (int a = 0; a < n_atoms; ++a) {
        moment_features(center.n_basis, center.n_axis, stride, tape->moments_of(a), features.row(a));
        Real* behind = features.row(a) + center.n_features - n_constants;
        for (int k = 0; k < n_constants; ++k) behind[k] = center.constants[std::size_t(k)];
    }
    clock.ends(Stage::descriptor);
    return tape;
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeAMoment<Real>& descriptor, int center_type, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const auto& tape = *static_cast<const SeAMomentTape<Real>*>(taped);
    const auto& center = descriptor.centers[std::size_t(center_type)];
    const int n_atoms = rows.n_atoms, stride = center.stride;
    Real* of_atom = workspace.take<Real>(std::size_t(center.n_features + lanes<Real>));
    Real* d_moments = workspace.take<Real>(std::size_t(n_atoms) * tape.size);
    const auto d_moments_of = [&](int atom) { return d_moments + std::size_t(atom) * tape.size; };
    for (int a = 0; a < n_atoms; ++a) {
        Real* d = d_moments_of(a);
        copy_gradient(d_features.row(a), center.n_features, of_atom);
        moment_features_backward(center.n_basis, center.n_axis, stride, tape.moments_of(a), of_atom, d);
        for (std::size_t k = 0; k < tape.size; ++k) d[k] *= static_cast<Real>(descriptor.inverse_normalization);
    }
    clock.ends(Stage::descriptor);

    for (int t = 0; t < rows.n_types; ++t)
        for (int a = 0; a < n_atoms; ++a) {
            const int first = rows.begin(t, a), last = rows.end(t, a);
            if (first < last)
                table_rows_backward(center.tables[std::size_t(t)], stride, first, last, tape.places, rows.row,
                                    d_moments_of(a), center.radial_scale, gradient.component);
        }
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
