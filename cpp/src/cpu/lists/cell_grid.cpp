#include "cpu/lists/cell_grid.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "cpu/items.hpp"

namespace dpmd::cpu {

namespace {

/// Lowest and highest coordinates of atoms, Å.
struct Bounds {
    double low[3], high[3];
};

Bounds bounds_of(const double* positions, std::int32_t n, int n_threads) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Bounds all{{infinity, infinity, infinity}, {-infinity, -infinity, -infinity}};
    std::mutex mutex;
    for_each_block(n_threads, n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        Bounds here{{infinity, infinity, infinity}, {-infinity, -infinity, -infinity}};
        for (std::int64_t i = first; i < last; ++i)
            for (int k = 0; k < 3; ++k) {
                here.low[k] = std::min(here.low[k], positions[3 * i + k]);
                here.high[k] = std::max(here.high[k], positions[3 * i + k]);
            }
        const std::lock_guard<std::mutex> lock(mutex);
        for (int k = 0; k < 3; ++k) {
            all.low[k] = std::min(all.low[k], here.low[k]);
            all.high[k] = std::max(all.high[k], here.high[k]);
        }
    });
    return n > 0 ? all : Bounds{};
}

}  // namespace

void CellGrid::build(const double* positions, std::int32_t n, double cell_size, int n_threads) {
    const Bounds bounds = bounds_of(positions, n, n_threads);
    lattice_ = CellLattice(bounds.low, bounds.high, cell_size);

    atom_key_.resize_with_slack(std::size_t(n));
    order_.resize_with_slack(std::size_t(n));
    for_each_block(n_threads, n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            std::int64_t at[3];
            lattice_.locate(positions + 3 * i, at);
            atom_key_[std::size_t(i)] = lattice_.key(at[0], at[1], at[2]);
            order_[std::size_t(i)] = static_cast<std::int32_t>(i);
        }
    });
    sort_keys(n_threads);

    cell_key_.clear();
    cell_first_.clear();
    for (std::int32_t k = 0; k < n; ++k) {
        if (k > 0 && atom_key_[std::size_t(k)] == atom_key_[std::size_t(k - 1)]) continue;
        cell_key_.push_back(atom_key_[std::size_t(k)]);
        cell_first_.push_back(k);
    }
    cell_first_.push_back(n);
}

/// Stable radix sort of (key, atom) by key, over the bits in use. Every thread counts the digits of its part, which
/// tells where they go.
void CellGrid::sort_keys(int n_threads) {
    constexpr int digit_bits = 11, n_digits = 1 << digit_bits;
    const auto n = static_cast<std::int64_t>(order_.size());
    const std::int64_t n_parts = std::clamp<std::int64_t>(n / items_per_block, 1, std::max(n_threads, 1));
    const std::int64_t part = std::max<std::int64_t>((n + n_parts - 1) / n_parts, 1);
    key_scratch_.resize_with_slack(order_.size());
    order_scratch_.resize_with_slack(order_.size());
    starts_.resize(static_cast<std::size_t>(n_parts * n_digits));
    const std::uint64_t largest = lattice_.key(lattice_.cells[0] - 1, lattice_.cells[1] - 1, lattice_.cells[2] - 1);
    for (int shift = 0; shift < 64 && (largest >> shift) != 0; shift += digit_bits) {
        const auto start_of = [&](std::int64_t first, std::int64_t k) -> std::int64_t& {
            const std::uint64_t digit = (atom_key_[std::size_t(k)] >> shift) & (n_digits - 1);
            return starts_[std::size_t(first / part) * n_digits + digit];
        };
        std::ranges::fill(starts_, 0);
        for_each_block(n_threads, n, part, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t k = first; k < last; ++k) ++start_of(first, k);
        });
        std::int64_t sum = 0;
        for (std::size_t digit = 0; digit < n_digits; ++digit)
            for (std::size_t at = digit; at < starts_.size(); at += n_digits) sum += std::exchange(starts_[at], sum);
        for_each_block(n_threads, n, part, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t k = first; k < last; ++k) {
                const auto place = std::size_t(start_of(first, k)++);
                key_scratch_[place] = atom_key_[std::size_t(k)];
                order_scratch_[place] = order_[std::size_t(k)];
            }
        });
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
