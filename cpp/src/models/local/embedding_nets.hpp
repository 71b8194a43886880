#pragma once
// The networks of a descriptor by types: what turns the radial component of a neighbour into channels.
#include <optional>
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

struct EmbeddingNets {
    bool type_one_side = false;                             ///< one row serves all centre types
    std::vector<std::vector<std::optional<Network>>> nets;  ///< [1 or n_types][n_types], none: no contribution

    const std::optional<Network>& at(int center, int neighbor) const {
        return nets[nets.size() == 1 ? 0 : std::size_t(center)][std::size_t(neighbor)];
    }
    /// Calls f with each of the networks.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& row : nets)
            for (const auto& network : row)
                if (network) f(*network);
    }
    /// Outputs of every network, 0 without one.
    int n_channels() const {
        for (const auto& row : nets)
            for (const auto& network : row)
                if (network) return network->n_out();
        return 0;
    }
};

}  // namespace dpmd
