#pragma once
// Dual numbers: derivatives along one direction, carried through a computation.
#include <cmath>
#include <vector>

#include "oracle/nets_reference.hpp"

namespace dpmd::reference {

/// A value and its derivative along one direction.
struct Dual {
    real value = 0, slope = 0;

    Dual() = default;
    Dual(real v, real s = 0) : value(v), slope(s) {}
};
inline Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
inline Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
inline Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
inline Dual operator/(Dual a, Dual b) {
    return {a.value / b.value, (a.slope * b.value - a.value * b.slope) / (b.value * b.value)};
}
inline Dual sqrt_of(Dual a) {
    const real root = std::sqrt(a.value);
    return {root, root > 0 ? a.slope / (2 * root) : 0};
}
inline Dual exp_of(Dual a) { return {std::exp(a.value), a.slope * std::exp(a.value)}; }
using Duals = std::vector<Dual>;

}  // namespace dpmd::reference
