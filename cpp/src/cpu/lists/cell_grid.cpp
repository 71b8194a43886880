#include "cpu/lists/cell_grid.hpp"

#include <algorithm>
#include <limits>

namespace dpmd::cpu {

void CellGrid::build(const double* positions, std::int32_t n, double cell_size) {
    double low[3] = {}, high[3] = {};
    for (int k = 0; k < 3 && n > 0; ++k) {
        low[k] = std::numeric_limits<double>::infinity();
        high[k] = -low[k];
        for (std::int32_t i = 0; i < n; ++i) {
            low[k] = std::min(low[k], positions[3 * std::size_t(i) + k]);
            high[k] = std::max(high[k], positions[3 * std::size_t(i) + k]);
        }
    }
    lattice_ = CellLattice(low, high, cell_size);

    atom_key_.resize_with_slack(std::size_t(n));
    order_.resize_with_slack(std::size_t(n));
    for (std::int32_t i = 0; i < n; ++i) {
        std::int64_t at[3];
        lattice_.locate(positions + 3 * std::size_t(i), at);
        atom_key_[std::size_t(i)] = lattice_.key(at[0], at[1], at[2]);
        order_[std::size_t(i)] = i;
    }
    sort_keys();

    cell_key_.clear();
    cell_first_.clear();
    for (std::int32_t k = 0; k < n; ++k) {
        if (k > 0 && atom_key_[std::size_t(k)] == atom_key_[std::size_t(k - 1)]) continue;
        cell_key_.push_back(atom_key_[std::size_t(k)]);
        cell_first_.push_back(k);
    }
    cell_first_.push_back(n);
}

/// Stable radix sort of (key, atom) by key, over the bits in use.
void CellGrid::sort_keys() {
    constexpr int digit_bits = 11, n_digits = 1 << digit_bits;
    const std::size_t n = order_.size();
    std::uint64_t largest = 0;
    for (std::size_t k = 0; k < n; ++k) largest = std::max(largest, atom_key_[k]);
    key_scratch_.resize_with_slack(n);
    order_scratch_.resize_with_slack(n);
    for (int shift = 0; shift < 64 && (largest >> shift) != 0; shift += digit_bits) {
        std::size_t start[n_digits] = {};
        for (std::size_t k = 0; k < n; ++k) ++start[(atom_key_[k] >> shift) & (n_digits - 1)];
        std::size_t sum = 0;
        for (std::size_t& s : start) sum += std::exchange(s, sum);
        for (std::size_t k = 0; k < n; ++k) {
            const std::size_t place = start[(atom_key_[k] >> shift) & (n_digits - 1)]++;
            key_scratch_[place] = atom_key_[k];
            order_scratch_[place] = order_[k];
        }
        std::swap(atom_key_, key_scratch_);
        std::swap(order_, order_scratch_);
    }
}

CellGrid::Coordinates CellGrid::coordinates(std::uint64_t key) const {
    const auto k = static_cast<std::int64_t>(key);
    const std::int64_t* cells = lattice_.cells;
    return {k % cells[0], k / cells[0] % cells[1], k / cells[0] / cells[1]};
}

CellGrid::Neighborhood::Neighborhood(const CellGrid& grid, int reach) : grid_(grid), reach_(reach) {
    const auto width = static_cast<std::size_t>(2 * reach + 1);
    cursor_.assign(width * width, -1);
    runs_.reserve(width * width);
}

const std::vector<CellGrid::Run>& CellGrid::Neighborhood::around(std::int64_t cell) {
    const Coordinates at = grid_.coordinates(grid_.cell_key_[static_cast<std::size_t>(cell)]);
    const std::int64_t n_cells = grid_.n_cells();
    const CellLattice& lattice = grid_.lattice_;
    runs_.clear();
    std::size_t row = 0;
    for (std::int64_t z = at.z - reach_; z <= at.z + reach_; ++z)
        for (std::int64_t y = at.y - reach_; y <= at.y + reach_; ++y, ++row) {
            if (z < 0 || y < 0 || z >= lattice.cells[2] || y >= lattice.cells[1]) continue;
            const std::uint64_t low = lattice.key(std::max<std::int64_t>(at.x - reach_, 0), y, z);
            const std::uint64_t high = lattice.key(std::min(at.x + reach_, lattice.cells[0] - 1), y, z);
            // Keys of a row grow with the cell, so the cursor only moves forward.
            std::int64_t& cursor = cursor_[row];
            if (cursor < 0)
                cursor =
                    std::lower_bound(grid_.cell_key_.begin(), grid_.cell_key_.end(), low) - grid_.cell_key_.begin();
            while (cursor < n_cells && grid_.cell_key_[static_cast<std::size_t>(cursor)] < low) ++cursor;
            std::int64_t last = cursor;
            while (last < n_cells && grid_.cell_key_[static_cast<std::size_t>(last)] <= high) ++last;
            if (last > cursor) runs_.push_back({cursor, last});
        }
    return runs_;
}

}  // namespace dpmd::cpu
