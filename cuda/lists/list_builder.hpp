#pragma once
// The verbs that build a neighbour list (backend/neighbors.hpp, backend/host_lists.hpp), with the scratch that they
// share and keep.
#include <cstdint>

#include "backend/host_lists.hpp"
#include "backend/neighbors.hpp"
#include "core/array.hpp"
#include "lists/cell_grid.hpp"
#include "lists/ordered_lists.hpp"
#include "lists/radix_sort.hpp"
#include "lists/scan.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

class ListBuilder {
public:
    ListBuilder(Queue& queue, Memory& memory)
        : queue_(queue),
          scan_(queue, memory),
          sorter_(queue, memory, scan_),
          grid_(queue, memory, sorter_),
          store_(queue, memory),
          answer_(answer_size, memory),
          type_first_(memory),
          image_first_(memory),
          sorted_positions_(memory),
          next_(memory) {}

    void check_atoms(CheckAtomsArgs& args);
    void wrap(WrapArgs& args);
    void sort_by_cell(const SortByCellArgs& args);
    void make_images(MakeImagesArgs& args);
    void gather_atoms(const GatherAtomsArgs& args);
    void group_by_type(const GroupByTypeArgs& args);
    void build_neighbors(BuildNeighborsArgs& args);
    void gather_host_lists(GatherHostListsArgs& args);
    void order_neighbors(const OrderNeighborsArgs& args);

private:
    static constexpr std::size_t answer_size = 3;

    Queue& queue_;
    Scan scan_;
    RadixSort sorter_;
    CellGrid grid_;
    ListStore store_;
    Array<std::int64_t> answer_;       ///< what a verb reports to the host
    Array<std::int32_t> type_first_;   ///< [n_types + 1]
    Array<std::int64_t> image_first_;  ///< [n_owned + 1] first image of each atom
    Array<double> sorted_positions_;   ///< [n_total][3] in grid order
    Array<std::int64_t> next_;         ///< [n_owned] where the next pair of each atom goes
};

}  // namespace dpmd::gpu
