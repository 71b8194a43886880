#pragma once
// An ensemble as text, in the form of its Python constructor.
#include <string>

#include "dpmd/ensemble.hpp"

namespace dpmd::md {

/// For example "Langevin(temperature=330, damping=100)".
std::string describe(const Ensemble& ensemble);

}  // namespace dpmd::md
