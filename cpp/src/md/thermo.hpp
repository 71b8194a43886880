#pragma once
// Thermodynamic quantities of a State.
#include "dpmd/simulation.hpp"
#include "md/integrator.hpp"

namespace dpmd::md {

Thermo thermo_of(const State& state, const Integrator& integrator, double timestep);

}  // namespace dpmd::md
