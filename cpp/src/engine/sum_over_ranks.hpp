#pragma once
// What the ranks of a system found in one evaluation, added up.
#include "backend/evaluate.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd {

/// Replaces energy, virial and number of atoms that took the fallback by their sums over all ranks; the status remains
/// this rank's. Returns whether any rank has found a fault. Collective.
bool sum_over_ranks(Communicator& ranks, EvaluateTotals& totals);

}  // namespace dpmd
