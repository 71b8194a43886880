#pragma once
// Counts calls of operator new and aligned_alloc in this program; needs counting_allocations.cpp.
#include <atomic>

namespace dpmd::testing {

extern std::atomic<long> n_allocations;

}  // namespace dpmd::testing
