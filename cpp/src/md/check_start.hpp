#pragma once
// Arguments of a simulation, checked before anything is built on them.
#include "dpmd/simulation.hpp"

namespace dpmd::md {

/// InputError naming the argument and the remedy.
void check_start(const SimulationStart& start, const ModelInfo& model);
void check_options(const SimulationOptions& options, const SimulationStart& start);

/// "Langevin(temperature=330, damping=100)".
std::string describe(const Ensemble& ensemble);
/// 3N - 3 when the total momentum is no degree of freedom: held at zero, or conserved by the dynamics.
int degrees_of_freedom(const SimulationOptions& options, std::int64_t n_atoms);

}  // namespace dpmd::md
