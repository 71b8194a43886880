#include "md/closest_pair.hpp"

#include <algorithm>

#include "comm/together.hpp"
#include "dpmd/potential.hpp"
#include "md/gather.hpp"

namespace dpmd::md {

std::optional<ClosestPair> closest_pair(const State& state, double within, int n_threads) {
    const auto positions = Gather(state).at_first(state.positions);
    ClosestPair found{-1, -1, 0};
    together(*state.ranks, [&] {
        if (!state.is_first()) return;
        const Neighbors pairs = neighbor_list(positions.rows, state.box, within, n_threads);
        const auto nearest = std::min_element(pairs.distance.begin(), pairs.distance.end());
        if (nearest == pairs.distance.end()) return;
        const auto k = std::size_t(nearest - pairs.distance.begin());
        const auto [first, second] = std::minmax(pairs.center[k], pairs.neighbor[k]);
        found = {first, second, *nearest};
    });
    state.ranks->broadcast(std::as_writable_bytes(std::span(&found, 1)), 0);
    if (found.first < 0) return std::nullopt;
    return found;
}

}  // namespace dpmd::md
