#pragma once
// The networks of a three-body descriptor by unordered pairs of neighbour types.
#include <algorithm>
#include <optional>
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

/// The place of the pair a, b in lists of all unordered pairs of types: (0, 0), (0, 1), ..., (1, 1), ...
inline int place_of_pair(int a, int b, int n_types) {
    const int low = std::min(a, b), high = std::max(a, b);
    return low * n_types - low * (low - 1) / 2 + (high - low);
}

struct PairNets {
    int n_types = 0;
    std::vector<std::optional<Network>> nets;  ///< [n_types (n_types + 1) / 2], none: no contribution

    const std::optional<Network>& at(int a, int b) const { return nets[std::size_t(place_of_pair(a, b, n_types))]; }
    /// Calls f with each of the networks.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& network : nets)
            if (network) f(*network);
    }
    /// Whether a neighbour of this type is in a pair that has a network.
    bool has_any(int type) const {
        for (int other = 0; other < n_types; ++other)
            if (at(type, other)) return true;
        return false;
    }
    /// Outputs of every network, 0 without one.
    int n_channels() const {
        for (const auto& network : nets)
            if (network) return network->n_out();
        return 0;
    }
};

}  // namespace dpmd
