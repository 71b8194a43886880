#pragma once
// Neighbours of many atoms: packed as keys, sorted and stored by a tile of lanes for each atom. The keys are in shared
// memory, or in device memory where an atom has too many.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "backend/items/neighbor_order.hpp"
#include "core/array.hpp"
#include "lists/tiles_of_items.hpp"
#include "math/packed_key.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

struct OrderedLists {
    std::int32_t n_owned = 0;
    const std::int64_t* first = nullptr;  ///< [n_owned + 1] offsets into `index`
    std::int32_t* index = nullptr;
    NeighborOrder order;  ///< of neighbours at equal distance
};

/// Bitonic sort by one tile; n is a power of two.
GPU_DEVICE void sort_keys(PackedKey* keys, int n) {
    for (int size = 2; size <= n; size *= 2)
        for (int stride = size / 2; stride > 0; stride /= 2) {
            for (int pair = lane(); pair < n / 2; pair += tile_lanes) {
                const int a = 2 * pair - (pair & (stride - 1)), b = a + stride;
                const PackedKey x = keys[a], y = keys[b];
                const bool ascending = (a & size) == 0;
                if ((x > y) == ascending) {
                    keys[a] = y;
                    keys[b] = x;
                }
            }
            sync_tile();
        }
}

/// The place of key k among n sorted ones once equal distances are ordered, too.
GPU_DEVICE int final_place(const NeighborOrder& order, const PackedKey* keys, int n, int k) {
    const PackedKey distance = key_without_index(keys[k]);
    const std::int32_t atom = key_index(keys[k]);
    int place = k;
    for (int other = k - 1; other >= 0 && key_without_index(keys[other]) == distance; --other)
        if (order.is_before(atom, key_index(keys[other]))) --place;
    for (int other = k + 1; other < n && key_without_index(keys[other]) == distance; ++other)
        if (order.is_before(key_index(keys[other]), atom)) ++place;
    return place;
}

/// pack(atom, keys) writes all keys of an atom, all lanes together. Each tile has its own `keys`.
template <class Pack>
GPU_DEVICE void store_in_order(const OrderedLists& lists, const Pack& pack, PackedKey* keys) {
    for (std::int64_t i = first_item(); i < lists.n_owned; i += n_tiles()) {
        const std::int64_t first = lists.first[i];
        const int n = static_cast<int>(lists.first[i + 1] - first);
        if (n == 0) continue;
        pack(i, keys);
        int size = 1;
        while (size < n) size *= 2;
        for (int k = n + lane(); k < size; k += tile_lanes) keys[k] = ~PackedKey(0);
        sync_tile();
        sort_keys(keys, size);
        for (int k = lane(); k < n; k += tile_lanes)
            lists.index[first + final_place(lists.order, keys, n, k)] = key_index(keys[k]);
        sync_tile();
    }
}

template <class Pack>
GPU_KERNEL store_through_shared_memory(OrderedLists lists, Pack pack, int slots) {
    SharedMemory shared;
    store_in_order(lists, pack, shared.take<PackedKey>(block_threads() / tile_lanes * slots) + tile() * slots);
}

template <class Pack>
GPU_KERNEL store_through_device_memory(OrderedLists lists, Pack pack, int slots, PackedKey* keys) {
    store_in_order(lists, pack, keys + first_item() * slots);
}

/// Stores lists, and owns the memory for keys that do not fit into shared memory.
class ListStore {
public:
    ListStore(Queue& queue, Memory& memory) : queue_(queue), keys_(memory) {}

    /// `most`: most neighbours of one atom.
    template <class Pack>
    void store(const OrderedLists& lists, std::int32_t most, const Pack& pack) {
        if (most == 0) return;
        const std::int64_t resident = resident_tiles(queue_);
        const std::size_t slots = std::bit_ceil(static_cast<std::size_t>(most));
        const std::size_t tile_bytes = shared_piece<PackedKey>(slots);
        if (tile_bytes <= most_shared_bytes) {
            const int per_block =
                static_cast<int>(std::min<std::size_t>(most_tiles_per_block, most_shared_bytes / tile_bytes));
            launch_tiles(queue_, "store_through_shared_memory", &store_through_shared_memory<Pack>, lists.n_owned,
                         4 * resident, per_block, static_cast<std::size_t>(per_block) * tile_bytes, lists, pack,
                         static_cast<int>(slots));
        } else {
            const std::int64_t fit = most_key_bytes / static_cast<std::int64_t>(tile_bytes);
            const auto tiles = std::clamp<std::int64_t>(fit, 1, std::min<std::int64_t>(resident, lists.n_owned));
            keys_.resize_with_slack(static_cast<std::size_t>(tiles) * slots);
            launch_tiles(queue_, "store_through_device_memory", &store_through_device_memory<Pack>, lists.n_owned,
                         tiles, 1, 0, lists, pack, static_cast<int>(slots), keys_.data());
        }
    }

private:
    static constexpr std::size_t most_shared_bytes = 48 * 1024;
    static constexpr std::int64_t most_key_bytes = std::int64_t(64) << 20;  ///< unless one atom has more

    Queue& queue_;
    Array<PackedKey> keys_;
};

}  // namespace dpmd::gpu
