#pragma once
// Unordered pairs of atom types, as models exclude them.
#include <algorithm>
#include <utility>
#include <vector>

namespace dpmd {

using TypePairs = std::vector<std::pair<int, int>>;

/// Whether the pair, in either order, is in the list.
inline bool holds_pair(const TypePairs& pairs, int a, int b) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
    });
}

}  // namespace dpmd
