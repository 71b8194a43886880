#pragma once
// What the slots of a section without rows add to the sums of se_e2_r.
#include "cpu/local/se_r_prepared.hpp"
#include "cpu/tile/rows.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// to [stride] += n values, where there are any.
template <class Real>
DPMD_HD void add_times(int n, const Array<Real>& values, int stride, Real* to) {
    if (n <= 0 || values.empty()) return;
    for (int c = 0; c < stride; ++c) to[c] += static_cast<Real>(n) * values[std::size_t(c)];
}

/// sum [stride] gets what the empty slots of section t of an atom add, and its neighbours that are rows of zeros.
template <class Real>
DPMD_HD void add_slots(const SlotsWithoutRows<Real>& section, const TileRows<Real>& rows, int t, int atom, int stride,
                       Real* sum) {
    const int n_empty = rows.empty_slots(t, atom);
    add_times(n_empty, section.empty, stride, sum);
    add_times(section.sel - n_empty, section.zero_row, stride, sum);
}

}  // namespace dpmd::cpu::DPMD_ISA
