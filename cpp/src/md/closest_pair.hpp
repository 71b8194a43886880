#pragma once
// The nearest two atoms: whether a simulation has gone where the training data have nothing.
#include <optional>

#include "dpmd/simulation.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// Of all pairs nearer than `within` Å, images included, the nearest; the first in the order of the atoms where several
/// are equally near. Collective.
std::optional<ClosestPair> closest_pair(const State& state, double within, int n_threads);

}  // namespace dpmd::md
