#pragma once
// Sums that do not depend on the order of their terms: each term is rounded once to a multiple of 2^-40 and the
// integers are added. Forces, energies and virials therefore have equal bits for any number of threads or ranks, and
// forces that cancel in pairs cancel exactly.
#include <cstdint>

#include "math/hd.hpp"

namespace dpmd {

inline constexpr double fixed_scale = 1099511627776.0;  // 2^40: quantum 9.1e-13
/// A force between a pair of atoms (eV/Å), and that force times the distance (eV), must stay below this, so that the
/// sum over 512 pairs fits 64 bits.
inline constexpr double fixed_pair_limit = 16384.0;  // 2^14
/// A term of a FixedSum (an atom's energy or virial, eV) must stay below this.
inline constexpr double fixed_term_limit = 8388608.0;  // 2^23

/// Whether `x` can be a term; false for NaN.
DPMD_HD bool fixed_in_range(double x, double limit) { return x < limit && x > -limit; }

/// Nearest multiple of 2^-40, as an integer.
DPMD_HD std::int64_t to_fixed(double x) { return static_cast<std::int64_t>(__builtin_rint(x * fixed_scale)); }

DPMD_HD double from_fixed(std::int64_t value) { return static_cast<double>(value) * (1.0 / fixed_scale); }

/// A 128-bit sum of 64-bit fixed-point terms: no overflow at any number of atoms.
struct FixedSum {
    std::int64_t high = 0;
    std::uint64_t low = 0;

    DPMD_HD void add(std::int64_t term) {
        const std::uint64_t before = low;
        low += static_cast<std::uint64_t>(term);
        high += (term < 0 ? -1 : 0) + (low < before ? 1 : 0);
    }
    DPMD_HD void add(const FixedSum& other) {
        const std::uint64_t before = low;
        low += other.low;
        high += other.high + (low < before ? 1 : 0);
    }
    /// The magnitude is converted, so that small negative sums keep their digits; rounded once while it fits 64 bits.
    DPMD_HD double value() const {
        const bool negative = high < 0;
        std::uint64_t l = low, h = static_cast<std::uint64_t>(high);
        if (negative) {
            l = ~l + 1;
            h = ~h + (l == 0 ? 1 : 0);
        }
        const double magnitude = static_cast<double>(h) * 18446744073709551616.0 + static_cast<double>(l);
        return (negative ? -magnitude : magnitude) * (1.0 / fixed_scale);
    }
};

}  // namespace dpmd
