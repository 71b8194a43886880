#pragma once
// The keys of one atom's neighbours, sorted.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "backend/items/neighbor_order.hpp"
#include "math/packed_key.hpp"

namespace dpmd::cpu {

/// Sorts by type and distance, and by `order` where these are equal.
inline void sort_keys(std::vector<PackedKey>& keys, const NeighborOrder& order) {
    std::sort(keys.begin(), keys.end());
    const auto place = [&](std::size_t k) { return keys.begin() + static_cast<std::ptrdiff_t>(k); };
    for (std::size_t begin = 0; begin + 1 < keys.size();) {
        std::size_t end = begin + 1;
        while (end < keys.size() && key_without_index(keys[end]) == key_without_index(keys[begin])) ++end;
        if (end - begin > 1)
            std::sort(place(begin), place(end),
                      [&](PackedKey a, PackedKey b) { return order.is_before(key_index(a), key_index(b)); });
        begin = end;
    }
}

}  // namespace dpmd::cpu
