#pragma once
// The places of a tile's rows in the tables of a compressed descriptor.
#include <cstdint>

#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/rows.hpp"
#include "math/moment_table.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// The place of each row in the table of its section.
template <class Real>
struct TablePlaces {
    std::int32_t* interval;  ///< [n_rows]
    Real* x;                 ///< [n_rows] place in the interval, 0 to 1
    Real* slope;             ///< [n_rows] dx/ds
};

template <class Real>
void find_places(const MomentTable<Real>& table, int first, int last, const TileRows<Real>& rows,
                 const TablePlaces<Real>& out) {
    const MomentGrid grid = table.grid;
    const int most = grid.n_intervals - 1;
    const double* argument = grid.of_distance ? rows.distance : rows.s;
    for (int r = first; r < last; ++r) {
        const ValueSlope<double> place = moment_place<double>(argument[r], grid);
        int interval = static_cast<int>(place.value);
        interval = interval < most ? interval : most;
        out.interval[r] = interval;
        out.x[r] = static_cast<Real>(place.value - double(interval));
        out.slope[r] = static_cast<Real>(place.slope);
    }
    if (!grid.of_distance) return;
    for (int r = first; r < last; ++r)
        out.slope[r] = static_cast<Real>(slope_by_s(double(out.slope[r]), rows.s_slope[r]));
}

/// `tables` [n_types] by section.
template <class Real>
TablePlaces<Real> find_places(const std::vector<MomentTable<Real>>& tables, const TileRows<Real>& rows,
                              Workspace& workspace) {
    const auto n = std::size_t(rows.n_rows);
    const TablePlaces<Real> places{workspace.take<std::int32_t>(n), workspace.take<Real>(n), workspace.take<Real>(n)};
    for (int t = 0; t < rows.n_types; ++t)
        if (rows.section_size[t] > 0)
            find_places(tables[std::size_t(t)], rows.section[t], rows.section[t] + rows.section_size[t], rows, places);
    return places;
}

}  // namespace dpmd::cpu::DPMD_ISA
