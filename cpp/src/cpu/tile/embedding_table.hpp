#pragma once
// Embedding nets that a model has as tables: it was trained or distributed with them.
#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/lane_sums.hpp"
#include "math/quintic_table.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Calls `sink(channel, value, slope)` with value and derivative of every channel of a table at s.
template <class Real, class F>
DPMD_HD void for_each_table_channel(const PackedTable<Real>& table, double s, F&& sink) {
    constexpr int L = lanes<Real>;
    const TablePlace place = table_place(s, table.grid);
    const Real x = static_cast<Real>(place.argument), beyond = static_cast<Real>(place.beyond);
    const bool linear = table.grid.linear_extrapolation;
    const Real* row = table.coefficients.data() + std::size_t(place.row) * 6 * std::size_t(table.stride);
    for (int c = 0; c < table.stride; c += L) {
        Vector<Real> a[6];
        for (int power = 0; power < 6; ++power) a[power] = load(row + power * table.stride + c);
        ValueSlope<Vector<Real>> f = quintic<Vector<Real>, Real>(a, x);
        if (beyond != Real(0)) {
            if (linear) f.value += f.slope * beyond;
            else f.slope = Vector<Real>{};
        }
        sink(c, f.value, f.slope);
    }
}

/// g [rows][stride] from s [rows].
template <class Real>
void table_forward(const PackedTable<Real>& table, int rows, const Real* s, Real* g) {
    for (int r = 0; r < rows; ++r)
        for_each_table_channel(table, double(s[r]), [&](int c, Vector<Real> value, Vector<Real>) {
            store(g + std::size_t(r) * std::size_t(table.stride) + c, value);
        });
}

/// ds [rows] from dg [rows][stride].
template <class Real>
void table_backward(const PackedTable<Real>& table, int rows, const Real* s, const Real* dg, Real* ds) {
    for (int r = 0; r < rows; ++r) {
        Vector<Real> sum{};
        for_each_table_channel(table, double(s[r]), [&](int c, Vector<Real>, Vector<Real> slope) {
            sum += slope * load(dg + std::size_t(r) * std::size_t(table.stride) + c);
        });
        ds[r] = sum_lanes<Real>(sum);
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
