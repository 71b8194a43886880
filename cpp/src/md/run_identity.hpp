#pragma once
// The start of a run as one number: ranks compare it, and the run_id is made from it.
#include <cstddef>
#include <cstdint>
#include <span>

#include "dpmd/simulation.hpp"

namespace dpmd::md {

/// A hash of the atoms, of the model with its form, and of the options.
std::uint64_t hash_of(const Potential& potential, const SimulationStart& start, const SimulationOptions& options);

/// A number from 1 to 2^52: not 0, and exact in programs that read every number as a double.
std::int64_t run_id_from(std::uint64_t hash);
/// The run_id of the same run with something added to its start.
std::int64_t run_id_with(std::int64_t run_id, std::span<const std::byte> start);

}  // namespace dpmd::md
