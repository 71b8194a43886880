// Goes from the lowest digit to the highest: every tile counts the digits of its chunk, a scan over (digit, chunk)
// gives the place of each chunk's keys of each digit, and the tile moves them there in order.
#include "lists/radix_sort.hpp"

#include <utility>

namespace dpmd::gpu {
namespace {

constexpr int digit_bits = 8, n_digits = 1 << digit_bits;
constexpr int threads = 256, tiles = threads / tile_lanes;
constexpr std::int32_t chunk = 512;
constexpr std::size_t shared_bytes = shared_piece<std::int32_t>(tiles * n_digits);

struct Pass {
    std::int32_t n = 0, n_chunks = 0;
    int shift = 0;
    const std::uint64_t* keys = nullptr;   ///< [n]
    const std::int32_t* values = nullptr;  ///< [n]
    std::int64_t* offsets = nullptr;       ///< [n_digits][n_chunks] counts, then where they start
    std::uint64_t* sorted_keys = nullptr;
    std::int32_t* sorted_values = nullptr;
};

GPU_DEVICE int digit_of(std::uint64_t key, int shift) { return static_cast<int>((key >> shift) & (n_digits - 1)); }

/// The lanes of the tile that have a key with the same digit.
GPU_DEVICE std::uint32_t lanes_with(int digit, bool has_key) {
    std::uint32_t same = ballot(has_key);
    for (int bit = 0; bit < digit_bits; ++bit) {
        const bool is_set = ((digit >> bit) & 1) != 0;
        const std::uint32_t set = ballot(is_set);
        same &= is_set ? set : ~set;
    }
    return same;
}

GPU_KERNEL count_digits(Pass pass) {
    SharedMemory shared;
    std::int32_t* counts = shared.take<std::int32_t>(tiles * n_digits) + tile() * n_digits;
    const std::int64_t at = static_cast<std::int64_t>(block_index()) * tiles + tile();
    for (int d = lane(); d < n_digits; d += tile_lanes) counts[d] = 0;
    sync_tile();
    for (std::int64_t first = at * chunk; first < (at + 1) * chunk && first < pass.n; first += tile_lanes) {
        const bool has_key = first + lane() < pass.n;
        const int digit = has_key ? digit_of(pass.keys[first + lane()], pass.shift) : 0;
        const std::uint32_t same = lanes_with(digit, has_key);
        if (has_key && lane() == lowest_bit(same)) counts[digit] += count_bits(same);
        sync_tile();
    }
    if (at < pass.n_chunks)
        for (int d = lane(); d < n_digits; d += tile_lanes)
            pass.offsets[static_cast<std::int64_t>(d) * pass.n_chunks + at] = counts[d];
}

GPU_KERNEL place_by_digit(Pass pass) {
    SharedMemory shared;
    std::int32_t* next = shared.take<std::int32_t>(tiles * n_digits) + tile() * n_digits;
    const std::int64_t at = static_cast<std::int64_t>(block_index()) * tiles + tile();
    if (at < pass.n_chunks)
        for (int d = lane(); d < n_digits; d += tile_lanes)
            next[d] = static_cast<std::int32_t>(pass.offsets[static_cast<std::int64_t>(d) * pass.n_chunks + at]);
    sync_tile();
    for (std::int64_t first = at * chunk; first < (at + 1) * chunk && first < pass.n; first += tile_lanes) {
        const std::int64_t i = first + lane();
        const bool has_key = i < pass.n;
        const std::uint64_t key = has_key ? pass.keys[i] : 0;
        const int digit = digit_of(key, pass.shift);
        const std::uint32_t same = lanes_with(digit, has_key);
        const std::uint32_t before = same & ((std::uint32_t(1) << lane()) - 1);
        if (has_key) {
            const std::int32_t place = next[digit] + count_bits(before);
            pass.sorted_keys[place] = key;
            pass.sorted_values[place] = pass.values[i];
        }
        sync_tile();
        if (has_key && before == 0) next[digit] += count_bits(same);
        sync_tile();
    }
}

}  // namespace

void RadixSort::resize(std::int32_t n) {
    const auto size = static_cast<std::size_t>(n);
    keys_.resize_with_slack(size);
    other_keys_.resize_with_slack(size);
    values_.resize_with_slack(size);
    other_values_.resize_with_slack(size);
}

void RadixSort::sort(int bits) {
    const auto n = static_cast<std::int32_t>(keys_.size());
    if (n == 0) return;
    const std::int32_t n_chunks = (n + chunk - 1) / chunk;
    const std::int64_t n_offsets = static_cast<std::int64_t>(n_digits) * n_chunks;
    offsets_.resize_with_slack(static_cast<std::size_t>(n_offsets) + 1);
    const Grid grid{static_cast<unsigned>((n_chunks + tiles - 1) / tiles)};
    for (int shift = 0; shift < bits; shift += digit_bits) {
        const Pass pass{n,
                        n_chunks,
                        shift,
                        keys_.data(),
                        values_.data(),
                        offsets_.data(),
                        other_keys_.data(),
                        other_values_.data()};
        queue_.launch("count_digits", count_digits, grid, threads, shared_bytes, pass);
        scan_.exclusive(offsets_.data(), n_offsets);
        queue_.launch("place_by_digit", place_by_digit, grid, threads, shared_bytes, pass);
        std::swap(keys_, other_keys_);
        std::swap(values_, other_values_);
    }
}

}  // namespace dpmd::gpu
