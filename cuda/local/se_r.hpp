#pragma once
// se_e2_r on rows (cpp/src/models/local/se_r.hpp), between embedding and fitting net. The twin of
// cpp/src/cpu/tile/se_r.hpp.
#include "local/parameters.hpp"
#include "local/rows.hpp"
#include "local/se_r_slots.hpp"

namespace dpmd::gpu {

template <class Real>
struct SeRTileArgs : RowTile<Real> {
    int stride = 0;
    Real factor = 1;  ///< 1/(5 N)
    SeRSlots<Real> slots{};
    FittingInput<Real> input{};
    const Real* g = nullptr;  ///< [rows][stride] embedding
    Real* dg = nullptr;       ///< [rows][stride]
};

/// From the embedding to descriptors with parameters.
template <class Real>
void se_r_forward(Queue& queue, const SeRTileArgs<Real>& args);
/// From the gradient of the descriptor to that of the embedding.
template <class Real>
void se_r_backward(Queue& queue, const SeRTileArgs<Real>& args);

}  // namespace dpmd::gpu
