#pragma once
// How much memory this process can still have.
#include <cstddef>

#include "dpmd/export.hpp"

namespace dpmd {

/// The number of bytes that this process can still take: the least of what is free on the machine, what its control
/// groups allow and what its own limits leave. The largest possible number where the system does not say.
DPMD_API std::size_t available_memory();

}  // namespace dpmd
