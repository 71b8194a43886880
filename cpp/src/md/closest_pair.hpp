#pragma once
// The nearest two atoms: whether a simulation has gone where the training data have nothing.
#include <optional>

#include "dpmd/simulation.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// The nearest pair that is nearer than `within` Å, images included; if several are equally near, the first in the
/// order of the atoms. Collective.
std::optional<ClosestPair> closest_pair(const State& state, double within, int n_threads);

}  // namespace dpmd::md
