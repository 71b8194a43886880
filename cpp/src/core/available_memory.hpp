#pragma once
// Asked before much memory is taken: a system that promises more than it has ends a process without a word when the
// memory is used.
#include <string>

#include "dpmd/available_memory.hpp"

namespace dpmd {

/// "1.5 GB", for messages.
std::string memory_text(double bytes);

}  // namespace dpmd
