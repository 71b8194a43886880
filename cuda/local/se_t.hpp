#pragma once
// se_e3 on rows (cpp/src/models/local/se_t.hpp), around its networks, which run over all pairs of neighbours of a tile.
// The twin of cpp/src/cpu/tile/se_t.hpp.
#include "local/parameters.hpp"
#include "local/se_t_pairs.hpp"
#include "local/se_t_switches.hpp"

namespace dpmd::gpu {

template <class Real>
struct SeTTileArgs : RowTile<Real> {
    TypePairsView types{};
    SeTFrame<Real> frame{};
    PairSwitches<Real> switches{};
    Rows<Real> pairs{};  ///< a row for each pair, by pairs of types; its only component is theta
    FittingInput<Real> input{};
    const Real* g = nullptr;             ///< [pairs][stride] of the networks
    Real* dg = nullptr;                  ///< [pairs][stride]
    const Real* through_nets = nullptr;  ///< [pairs] dE/dtheta through the networks
    Real* slope = nullptr;               ///< [pairs] the rest of dE/dtheta
    Real* both = nullptr;                ///< [pairs] dE/d(w_j w_k), where switches are needed
    Real* row_gradient = nullptr;        ///< [4][most rows]
};

/// Fills the rows of the pairs, and switches.
template <class Real>
void se_t_pack_pairs(Queue& queue, const SeTTileArgs<Real>& args);
/// From the outputs of the networks to features with parameters.
template <class Real>
void se_t_forward(Queue& queue, const SeTTileArgs<Real>& args);
/// From the gradient of the features to that of the outputs of the networks.
template <class Real>
void se_t_backward(Queue& queue, const SeTTileArgs<Real>& args);
/// From the gradient of the pairs to that of the rows.
template <class Real>
void se_t_row_gradient(Queue& queue, const SeTTileArgs<Real>& args);

}  // namespace dpmd::gpu
