#pragma once
// Atoms sorted into the occupied cells of a Cartesian grid, as on the CPU. Empty cells cost nothing: a cell's atoms are
// found by binary search among the sorted keys.
#include <cstdint>

#include "core/array.hpp"
#include "lists/radix_sort.hpp"
#include "math/cell_lattice.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// The first of n ascending values, from `begin` on, that is not below `wanted`; n if there is none.
template <class T>
GPU_DEVICE std::int32_t lower_bound(const T* values, std::int32_t begin, std::int32_t n, T wanted) {
    while (begin < n) {
        const std::int32_t middle = begin + (n - begin) / 2;
        if (values[middle] < wanted) begin = middle + 1;
        else n = middle;
    }
    return begin;
}

/// The results are in the sorter's arrays, until it sorts something else.
class CellGrid {
public:
    CellGrid(Queue& queue, Memory& memory, RadixSort& sorter) : queue_(queue), sorter_(sorter), boxes_(memory) {}

    /// Sorts n > 0 atoms ([n][3] Å, all finite) into cells of at least `cell_size`.
    void build(const double* positions, std::int32_t n, double cell_size);

    const CellLattice& lattice() const { return lattice_; }
    const std::uint64_t* keys() { return sorter_.keys(); }    ///< [n] ascending
    const std::int32_t* order() { return sorter_.values(); }  ///< [n] the atoms in the order of their keys

private:
    Queue& queue_;
    RadixSort& sorter_;
    CellLattice lattice_;
    Array<double> boxes_;
};

}  // namespace dpmd::gpu
