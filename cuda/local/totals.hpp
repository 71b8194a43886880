#pragma once
// The sums of an evaluation before and after.
#include "local/system.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Zero, and no fault.
void clear_totals(Queue& queue, DeviceTotals* totals);
/// What the host is told; `totals` is in device memory too.
void finish_totals(Queue& queue, const SystemView& system, std::int64_t n_fallback, EvaluateTotals* totals);

}  // namespace dpmd::gpu
