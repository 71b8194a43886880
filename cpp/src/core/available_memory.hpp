#pragma once
// Checked before much memory is taken: a system that promises more memory than it has kills the process without a
// message when the memory is used.
#include <string>

#include "dpmd/available_memory.hpp"

namespace dpmd {

/// "1.5 GB", for messages.
std::string memory_text(double bytes);

}  // namespace dpmd
