#pragma once
// Arguments of a simulation, checked before anything is built on them.
#include "dpmd/simulation.hpp"

namespace dpmd::md {

/// Throws InputError, which names the argument and the remedy.
void check_start(const SimulationStart& start, const ModelInfo& model);
void check_options(const SimulationOptions& options, const SimulationStart& start);
/// Throws InputError, which names the first fixed atom that has a velocity.
void check_at_rest(std::span<const std::int32_t> fixed, std::span<const double> velocities);

/// Checks all this and the rank options on every rank, and that all ranks were given the same. Collective. Throws
/// InputError also when there is no potential.
void check_together(const Potential* potential, const SimulationStart& start, const SimulationOptions& options,
                    const RankOptions& ranks);

/// Three per free atom, minus 3 when the total momentum is no degree of freedom: held at zero, or conserved by the
/// dynamics. With fixed atoms it is neither.
int degrees_of_freedom(const SimulationOptions& options, std::int64_t n_atoms, std::int64_t n_fixed);

}  // namespace dpmd::md
