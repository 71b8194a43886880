#pragma once
// The switch w of rows, for descriptors that take it beside the rows. The twin of cpp/src/cpu/tile/row_switch.hpp.
#include "local/neighborhood.hpp"
#include "local/rows.hpp"

namespace dpmd::gpu {

/// The neighbour of a row, read again.
template <class Real>
GPU_DEVICE Neighbor neighbor_of_row(const RowTile<Real>& tile, std::int64_t row) {
    const SystemView& system = tile.tile.system;
    const std::int32_t atom = tile.tile.atoms[tile.rows.owner[row]];
    return read_neighbor(system, tile.environment, atom, system.first[atom], system.first[atom + 1],
                         tile.rows.neighbor[row]);
}

/// w and its derivative with respect to the distance.
GPU_DEVICE ValueSlope<double> switch_of_row(const EnvironmentView& environment, const Neighbor& neighbor,
                                            const EnvironmentRadial<double>& f) {
    const double reach = neighbor.r + environment.protection;
    return {f.s * reach, f.s_slope * reach + f.s};
}

}  // namespace dpmd::gpu
