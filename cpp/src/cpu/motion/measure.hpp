#pragma once
// The verbs that sum or search over all atoms, on the CPU.
#include "backend/integrate.hpp"

namespace dpmd::cpu {

void measure(const MeasureArgs& args, int n_threads);
void displacement(const DisplacementArgs& args, int n_threads);

}  // namespace dpmd::cpu
