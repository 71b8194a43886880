#pragma once
// Time for measurements.
#include <cstdint>

namespace dpmd {

/// Nanoseconds of a clock that never goes back. Out of line: tile kernels may not instantiate std templates.
std::int64_t nanoseconds();

}  // namespace dpmd
