#pragma once
// One neighbour in one unsigned 64-bit key, as in Jia et al., SC20: comparing keys compares type, then distance, then
// index, so that sorting the keys gives the list grouped by type and ordered by distance.
//
//   bits 63..57   type of the neighbour        7 bits: types 0..127
//   bits 56..28   distance / list cutoff      29 bits: resolution cutoff * 2^-29 (1.5e-8 Å at 8 Å)
//   bits 27..0    index of the neighbour      28 bits: up to 268,435,456 atoms and ghosts on one rank
#include <cstdint>

#include "math/hd.hpp"

namespace dpmd {

using PackedKey = std::uint64_t;

inline constexpr int key_type_bits = 7, key_distance_bits = 29, key_index_bits = 28;
inline constexpr std::int64_t key_max_types = std::int64_t(1) << key_type_bits;
inline constexpr std::int64_t key_max_atoms = std::int64_t(1) << key_index_bits;
static_assert(key_type_bits + key_distance_bits + key_index_bits == 64);

/// `scale` is 2^29 / cutoff; `distance` must be below the cutoff.
DPMD_HD PackedKey pack_key(std::int32_t type, double distance, double scale, std::int32_t index) {
    const auto steps = static_cast<PackedKey>(distance * scale);
    const PackedKey last = (PackedKey(1) << key_distance_bits) - 1;
    return (static_cast<PackedKey>(type) << (key_distance_bits + key_index_bits)) |
           ((steps < last ? steps : last) << key_index_bits) | static_cast<PackedKey>(index);
}

DPMD_HD double key_scale(double cutoff) { return static_cast<double>(std::int64_t(1) << key_distance_bits) / cutoff; }

DPMD_HD std::int32_t key_index(PackedKey key) {
    return static_cast<std::int32_t>(key & ((PackedKey(1) << key_index_bits) - 1));
}

DPMD_HD std::int32_t key_type(PackedKey key) {
    return static_cast<std::int32_t>(key >> (key_distance_bits + key_index_bits));
}

/// The type and distance without the index: equal for neighbours whose distances the key cannot tell apart.
DPMD_HD PackedKey key_without_index(PackedKey key) { return key >> key_index_bits; }

}  // namespace dpmd
