#pragma once
// How kernels find the rows of an atom, and the neighbours behind rows.
#include "local/neighborhood.hpp"
#include "local/rows.hpp"

namespace dpmd::gpu {

/// The rows of one type of an atom.
struct RowSpan {
    std::int32_t first = 0;
    int count = 0;
};

/// Where rows do not stand by atom.
template <class Real>
GPU_DEVICE RowSpan rows_of(const RowTile<Real>& tile, int type, int atom) {
    const std::int32_t* first = tile.rows.first + type * tile.tile.n_atoms + atom;
    return {first[0], first[1] - first[0]};
}

/// The neighbour of a row, read again.
template <class Real>
GPU_DEVICE Neighbor neighbor_of(const RowTile<Real>& tile, std::int64_t r) {
    const SystemView& system = tile.tile.system;
    const std::int32_t atom = tile.tile.atoms[tile.rows.owner[r]];
    return read_neighbor(system, tile.environment, atom, system.first[atom], system.first[atom + 1],
                         tile.rows.neighbor[r]);
}

}  // namespace dpmd::gpu
