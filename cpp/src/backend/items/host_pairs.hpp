#pragma once
// Pairs of atoms in the lists of a host code.
#include <cmath>
#include <cstdint>

#include "backend/host_lists.hpp"
#include "math/packed_key.hpp"

namespace dpmd {

/// Entries of the lists in GatherHostListsArgs.
class HostPair {
public:
    explicit DPMD_HD HostPair(const GatherHostListsArgs& args) : args_(args) {}

    /// Whether j is a valid entry in the list of atom i.
    DPMD_HD bool is_good(std::int32_t i, std::int32_t j) const { return j >= 0 && j < args_.n_total && j != i; }
    DPMD_HD bool is_pair(std::int32_t i, std::int32_t j) const { return args_.types[i] >= 0 && args_.types[j] >= 0; }
    /// Whether i also belongs in the list of j.
    DPMD_HD bool is_mirrored(std::int32_t j) const { return args_.half && j < args_.n_owned; }

private:
    GatherHostListsArgs args_;
};

DPMD_HD double pair_distance(const double* positions, std::int64_t i, std::int64_t j) {
    double r2 = 0;
    for (int c = 0; c < 3; ++c) {
        const double d = positions[3 * j + c] - positions[3 * i + c];
        r2 += d * d;
    }
    return ::sqrt(r2);
}

/// The scale of keys (math/packed_key.hpp) for distances up to the farthest.
DPMD_HD double key_scale_up_to(double farthest) {
    constexpr double nearest = 1e-3, margin = 1 + 1e-9;
    return key_scale((farthest > nearest ? farthest : nearest) * margin);
}

}  // namespace dpmd
