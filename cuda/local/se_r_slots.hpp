#pragma once
// What the slots without rows add to se_e2_r: they are all alike, so that each is a constant.
#include <cstdint>

#include "gpu_platform.hpp"

namespace dpmd::gpu {

/// Arrays [n_types][stride] in device memory, zeros where a section adds nothing; before the factor 1/(5 N).
template <class Real>
struct SeRSlots {
    const Real* empty = nullptr;     ///< an empty slot
    const Real* zero_row = nullptr;  ///< a neighbour that is seen as a row of zeros
};

/// What a section with so many slots adds, at a place of the arrays.
template <class Real>
GPU_DEVICE Real sum_of_slots(const SeRSlots<Real>& slots, std::int64_t at, int n_empty, int n_neighbors) {
    return static_cast<Real>(n_empty) * slots.empty[at] + static_cast<Real>(n_neighbors) * slots.zero_row[at];
}

}  // namespace dpmd::gpu
