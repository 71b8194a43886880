#pragma once
// se_e2_r in moment form (docs/compression.md): features m_k = (1/5)(1/N) sum_j B_k(s_j) straight from the tables, and
// the same backwards.
#include "cpu/local/se_r_prepared.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/lane_sums.hpp"
#include "cpu/tile/se_r_slots.hpp"
#include "cpu/tile/stage_clock.hpp"
#include "cpu/tile/table_places.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Sink(c, value, slope by the place in the interval) for the functions of one row, a vector at a time.
template <class Real, class F>
DPMD_HD void for_each_function(const MomentTable<Real>& table, int stride, int row, const TablePlaces<Real>& places,
                               F&& sink) {
    using V = Vector<Real>;
    constexpr int L = lanes<Real>;
    const Real* a = table.coefficients.data() + std::size_t(places.interval[row]) * std::size_t(stride) * 6;
    const V x = broadcast<V>(places.x[row]);
    for (int c = 0; c < stride; c += L, a += 6 * L) {
        V coefficients[6];
        for (int power = 0; power < 6; ++power) coefficients[power] = load(a + power * L);
        const ValueSlope<V> f = quintic<V, V>(coefficients, x);
        sink(c, f.value, f.slope);
    }
}

/// From normalised environment rows to features; returns the TablePlaces.
template <class Real>
const void* forward(const PackedSeRMoment<Real>& descriptor, int center_type, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    const auto& center = descriptor.centers[std::size_t(center_type)];
    const int stride = center.stride;
    auto* places = workspace.take<TablePlaces<Real>>(1);
    *places = find_places(center.tables, rows, workspace);
    clock.ends(Stage::environment);

    Real* sum = workspace.take<Real>(std::size_t(stride));
    for (int a = 0; a < rows.n_atoms; ++a) {
        for (int c = 0; c < stride; ++c) sum[c] = Real(0);
        for (int t = 0; t < rows.n_types; ++t) {
            for (int r = rows.begin(t, a); r < rows.end(t, a); ++r)
                for_each_function(
                    center.tables[std::size_t(t)], stride, r, *places,
                    [&](int c, Vector<Real> value, Vector<Real>) { store(sum + c, load(sum + c) + value); });
            add_slots(center.sections[std::size_t(t)], rows, t, a, stride, sum);
        }
        for (int c = 0; c < center.n_basis; ++c) features.row(a)[c] = sum[c] * static_cast<Real>(descriptor.factor);
    }
    clock.ends(Stage::embedding);
    return places;
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeRMoment<Real>& descriptor, int center_type, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const auto& places = *static_cast<const TablePlaces<Real>*>(taped);
    const auto& center = descriptor.centers[std::size_t(center_type)];
    const int stride = center.stride;
    Real* d_moments = workspace.take<Real>(std::size_t(stride));
    for (int a = 0; a < rows.n_atoms; ++a) {
        for (int c = 0; c < stride; ++c)
            d_moments[c] = c < center.n_basis ? d_features.row(a)[c] * static_cast<Real>(descriptor.factor) : Real(0);
        for (int t = 0; t < rows.n_types; ++t)
            for (int r = rows.begin(t, a); r < rows.end(t, a); ++r) {
                Vector<Real> sum{};
                for_each_function(center.tables[std::size_t(t)], stride, r, places,
                                  [&](int c, Vector<Real>, Vector<Real> slope) { sum += slope * load(d_moments + c); });
                gradient.component[0][r] = sum_lanes<Real>(sum) * places.slope[r] * center.radial_scale;
            }
    }
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
