#pragma once
// Adds the values of ghosts to their owners.
#include "backend/ghosts.hpp"

namespace dpmd::cpu {

void reverse_ghosts(const ReverseGhostsArgs& args, int n_threads);

}  // namespace dpmd::cpu
