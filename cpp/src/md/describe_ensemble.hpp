#pragma once
// An ensemble as text, as Python writes it.
#include <string>

#include "dpmd/ensemble.hpp"

namespace dpmd::md {

/// "Langevin(temperature=330, damping=100)".
std::string describe(const Ensemble& ensemble);

}  // namespace dpmd::md
