#pragma once
// What a run starts from, in one number: ranks compare it, and the run_id is made from it.
#include <cstddef>
#include <cstdint>
#include <span>

#include "dpmd/simulation.hpp"

namespace dpmd::md {

/// A hash of the atoms, of the model with its form, and of the options.
std::uint64_t hash_of(const Potential& potential, const SimulationStart& start, const SimulationOptions& options);

/// From 1 to 2^52, so that it is exact in every program that reads numbers, and not 0.
std::int64_t run_id_from(std::uint64_t hash);
/// The run_id of the same run if something more belongs to its start.
std::int64_t run_id_with(std::int64_t run_id, std::span<const std::byte> start);

}  // namespace dpmd::md
