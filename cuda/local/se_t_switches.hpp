#pragma once
// The switches of rows, where the types' factors of pairs of neighbours are multiplied by those of both.
#include "local/rows.hpp"

namespace dpmd::gpu {

/// Plain data; null: switches are not needed.
template <class Real>
struct PairSwitches {
    Real* weight = nullptr;        ///< [rows] w
    double* difference = nullptr;  ///< [3][most] dw/d(r_j - r_i), then dE/d(r_j - r_i) through w

    GPU_DEVICE Real of_pair(std::int64_t j, std::int64_t k) const {
        return weight != nullptr ? weight[j] * weight[k] : Real(1);
    }
    /// From dE/dw of a row to the gradient of its difference.
    GPU_DEVICE void finish(std::int64_t row, std::int64_t most, Real d_weight) const {
        for (int b = 0; b < 3 && weight != nullptr; ++b) difference[b * most + row] *= static_cast<double>(d_weight);
    }
};

template <class Real>
PairSwitches<Real> take_switches(Scratch& scratch, std::int64_t n_rows) {
    return {scratch.take<Real>(n_rows), scratch.take<double>(3 * n_rows)};
}

/// Fills w and its derivatives, unless they are not needed.
template <class Real>
void fill_switches(Queue& queue, const RowTile<Real>& tile, const PairSwitches<Real>& switches);

}  // namespace dpmd::gpu
