#pragma once
// The features that descriptors compute for the atoms of a tile, or the derivatives with respect to them.
#include <cstddef>

#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// A row for each atom, in the input of the fitting net or in its gradient. Descriptors follow one another: each may
/// write up to one vector beyond the end of its own features, and must not rely on what is there.
template <class Real>
struct Features {
    Real* x;
    int stride;

    Real* row(int atom) const { return x + std::size_t(atom) * std::size_t(stride); }
    /// The features after the first n.
    Features behind(int n) const { return {x + n, stride}; }
};

/// Copies the gradient of one atom's features and adds zeros: values read past its end must not come from another atom,
/// where they may not be finite.
template <class Real>
void copy_gradient(const Real* from, int n_features, Real* to) {
    for (int k = 0; k < n_features; ++k) to[k] = from[k];
    for (int k = 0; k < lanes<Real>; ++k) to[n_features + k] = Real(0);
}

}  // namespace dpmd::cpu::DPMD_ISA
