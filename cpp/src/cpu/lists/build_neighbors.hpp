#pragma once
// The CPU's neighbour list: cells, packed keys, one sort per atom.
#include <cstdint>
#include <vector>

#include "backend/neighbors.hpp"
#include "core/array.hpp"
#include "cpu/lists/cell_grid.hpp"
#include "math/packed_key.hpp"

namespace dpmd::cpu {

class NeighborBuilder {
public:
    void build(BuildNeighborsArgs& args, int n_threads);

private:
    CellGrid grid_;
    Array<double> sorted_positions_;            // [n_total][3] in cell order
    std::vector<std::vector<PackedKey>> keys_;  // per thread
};

}  // namespace dpmd::cpu
