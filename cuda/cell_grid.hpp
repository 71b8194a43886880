#pragma once
// Atoms sorted along the occupied cells of a Cartesian grid, as on the CPU. Empty cells cost nothing: a cell's atoms
// are found by binary search among the sorted keys.
#include <cstdint>

#include "core/array.hpp"
#include "math/hd.hpp"
#include "queue.hpp"
#include "radix_sort.hpp"

namespace dpmd::gpu {

/// The cells of a grid over a bounding box. Keys grow with z, then y, then x.
struct CellLattice {
    double low[3] = {}, inverse_size[3] = {};
    std::int64_t cells[3] = {1, 1, 1};

    CellLattice() = default;
    /// Cells of at least `cell_size` over low..high.
    CellLattice(const double* low, const double* high, double cell_size);

    /// Coordinates of the cell of a position.
    DPMD_HD void locate(const double* position, std::int64_t at[3]) const {
        constexpr double largest = 1.7976931348623157e308;  // the difference of finite numbers may be infinite
        for (int k = 0; k < 3; ++k) {
            const double from_low = position[k] - low[k];
            const auto cell = static_cast<std::int64_t>((from_low < largest ? from_low : largest) * inverse_size[k]);
            at[k] = cell < cells[k] - 1 ? cell : cells[k] - 1;
        }
    }
    DPMD_HD std::uint64_t key(std::int64_t x, std::int64_t y, std::int64_t z) const {
        return static_cast<std::uint64_t>((z * cells[1] + y) * cells[0] + x);
    }
};

/// First of n ascending values, from `begin` on, that is not below `wanted`; n if there is none.
template <class T>
GPU_DEVICE std::int32_t lower_bound(const T* values, std::int32_t begin, std::int32_t n, T wanted) {
    while (begin < n) {
        const std::int32_t middle = begin + (n - begin) / 2;
        if (values[middle] < wanted) begin = middle + 1;
        else n = middle;
    }
    return begin;
}

/// Its results stand in the sorter's arrays, until that sorts something else.
class CellGrid {
public:
    CellGrid(Queue& queue, Memory& memory, RadixSort& sorter) : queue_(queue), sorter_(sorter), boxes_(memory) {}

    /// Sorts n > 0 atoms ([n][3] Å, all finite) into cells of at least `cell_size`.
    void build(const double* positions, std::int32_t n, double cell_size);

    const CellLattice& lattice() const { return lattice_; }
    const std::uint64_t* keys() { return sorter_.keys(); }    ///< [n] ascending
    const std::int32_t* order() { return sorter_.values(); }  ///< [n] the atoms in this order

private:
    Queue& queue_;
    RadixSort& sorter_;
    CellLattice lattice_;
    Array<double> boxes_;
};

}  // namespace dpmd::gpu
