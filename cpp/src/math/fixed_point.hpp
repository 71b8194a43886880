#pragma once
// Sums that do not depend on the order of their terms: each term is rounded once to a multiple of a quantum, and the
// integers are added. Forces, energies and virials therefore have equal bits for any number of threads or ranks, and
// forces that cancel in pairs cancel exactly. Contributions of pairs to an atom are added in 64 bits with a quantum of
// 2^-43; contributions of atoms to the system in more bits, with a quantum of 2^-64. docs/precision.md has the measured
// errors.
#include <cstdint>

#include "math/hd.hpp"

namespace dpmd {

inline constexpr double fixed_scale = 8796093022208.0;  // 2^43: quantum 1.1e-13
/// A force between a pair of atoms (eV/Å), and that force times the distance (eV), must stay below this, so that the
/// sum over 512 pairs fits 64 bits.
inline constexpr double fixed_pair_limit = 2048.0;  // 2^11
/// A term of a FixedSum (an atom's energy or virial, eV) must stay below this.
inline constexpr double fixed_term_limit = 8388608.0;  // 2^23

/// Whether `x` can be a term; false for NaN.
DPMD_HD bool fixed_in_range(double x, double limit) { return x < limit && x > -limit; }

/// Nearest multiple of 2^-43, as an integer.
DPMD_HD std::int64_t to_fixed(double x) { return static_cast<std::int64_t>(__builtin_rint(x * fixed_scale)); }

DPMD_HD double from_fixed(std::int64_t value) { return static_cast<double>(value) * (1.0 / fixed_scale); }

/// A sum over atoms. Terms of 2^-12 and more enter exactly, smaller ones are rounded to a multiple of 2^-64. Each limb
/// is a separate sum, so that threads can add with atomics, and has room for 2^31 terms.
struct FixedSum {
    std::int64_t limbs[3] = {};  ///< multiples of 1, 2^-32, 2^-64

    /// A sum of one term.
    static DPMD_HD FixedSum of(double term) {
        FixedSum out;
        for (int k = 0; k < 3; ++k) {
            const double whole = (term + to_units) - to_units;  // like rint, which is a function call without SSE4.1
            out.limbs[k] = static_cast<std::int64_t>(whole);
            term = (term - whole) * limb;  // exact
        }
        return out;
    }
    DPMD_HD void add(const FixedSum& other) {
        for (int k = 0; k < 3; ++k) limbs[k] += other.limbs[k];
    }
    DPMD_HD void add(double term) { add(of(term)); }
    /// The same with both lower limbs in [-2^31, 2^31).
    DPMD_HD FixedSum carried() const {
        FixedSum out = *this;
        for (int k = 2; k > 0; --k) {
            const std::int64_t carry = (out.limbs[k] + (std::int64_t(1) << 31)) >> 32;
            out.limbs[k] -= carry * (std::int64_t(1) << 32);
            out.limbs[k - 1] += carry;
        }
        return out;
    }
    /// Rounded to the last place of a double.
    DPMD_HD double value() const {
        const FixedSum sum = carried();
        const double below = static_cast<double>(sum.limbs[1]) + static_cast<double>(sum.limbs[2]) * (1 / limb);
        return static_cast<double>(sum.limbs[0]) + below * (1 / limb);
    }

private:
    static constexpr double limb = 4294967296.0;            // 2^32
    static constexpr double to_units = 6755399441055744.0;  // 1.5 * 2^52: a double near it has a last place of 1
};

}  // namespace dpmd
