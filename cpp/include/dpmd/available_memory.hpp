#pragma once
// How much memory this process can still have.
#include <cstddef>

#include "dpmd/export.hpp"

namespace dpmd {

/// Bytes that this process can take: the least of what the machine has free, what its control groups allow and what its
/// own limits leave. The largest number where the system does not say.
DPMD_API std::size_t available_memory();

}  // namespace dpmd
