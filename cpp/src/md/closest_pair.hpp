#pragma once
// The two closest atoms, which may show that a simulation has left its training data.
#include <optional>

#include "dpmd/simulation.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// The closest pair of atoms, including images, if it is closer than `within` Å; of several at the same distance, the
/// first in the order of the atoms. Collective.
std::optional<ClosestPair> closest_pair(const State& state, double within, int n_threads);

}  // namespace dpmd::md
