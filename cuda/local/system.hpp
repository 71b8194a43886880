#pragma once
// The system of one evaluation as kernels take it, and how they tell a fault.
#include <cstdint>

#include "backend/evaluate.hpp"
#include "gpu_platform.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::gpu {

/// Faults of an evaluation race to the smallest of these keys, so the first atom wins:
///   bits 63..36 centre atom, 35..33 fault, 32..26 type, 25..20 descriptor,
///   19..0 neighbours (too_many) or place in the atom's list.
using FaultKey = std::uint64_t;
inline constexpr FaultKey no_fault = ~FaultKey(0);
inline constexpr int most_descriptors = 64;
inline constexpr int no_type = 0x7f;  ///< in a key: neighbours of all types together

GPU_DEVICE FaultKey fault_key(std::int32_t atom, EvaluateFault fault, int type, int descriptor, std::int64_t place) {
    return (static_cast<FaultKey>(atom) << 36) | (static_cast<FaultKey>(fault) << 33) |
           (static_cast<FaultKey>(type) << 26) | (static_cast<FaultKey>(descriptor) << 20) |
           (static_cast<FaultKey>(place) & 0xfffffu);
}

/// The limit of an atom's neighbourhood where there are more neighbours than `sel` and the nearest are kept: a
/// neighbour of the type counts within the reach unless its (distance, place in the list) is beyond the cut.
struct Cut {
    double reach_squared;
    double distance;
    std::int32_t place;
};

/// The sums that tiles add to; in device memory.
struct DeviceTotals {
    FixedSum energy, virial[9];
    FaultKey fault;
    std::int32_t n_left;  ///< atoms that the moment form has left to the networks as trained
};

struct SystemView {
    const double* positions;
    const std::int32_t* types;
    const std::int64_t* first;
    const std::int32_t* index;
    const double* aparam;
    int first_type;   ///< of the first atom of the whole system
    int descriptor;   ///< that the kernel works for, counted over the terms of the model, pair tables last
    const Cut* cuts;  ///< [n_owned][n_types] of its neighbours, or null: more neighbours than sel are an error
    double* atom_energies;
    std::int64_t* forces;
    std::int64_t* atom_virials;  ///< or null
    DeviceTotals* totals;
};

/// Atoms of one centre type that pass through the stages together.
struct AtomTile {
    SystemView system;
    const std::int32_t* atoms = nullptr;  ///< [n_atoms]
    std::int32_t n_atoms = 0;
    int center = 0;  ///< their type
};

}  // namespace dpmd::gpu
