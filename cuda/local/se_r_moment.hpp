#pragma once
// se_e2_r in moment form (cpp/src/models/local/moment_form.hpp). Its features are sums of table functions over the
// neighbours, so that there is no array between these and the fitting net. The twin of
// cpp/src/cpu/tile/se_r_moment.hpp.
#include "local/descriptor.hpp"
#include "local/radial_tables.hpp"
#include "local/se_r_slots.hpp"

namespace dpmd::gpu {

/// The form of one centre type, plain data.
template <class Real>
struct SeRMomentCenter {
    EnvironmentView environment;
    TablesView<Real> tables;
    SeRSlots<Real> slots{};
    int n_basis = 0;  ///< functions, which are the features
    Real factor = 1;  ///< 1/(5 N)
};

template <class Real>
struct SeRMomentTileArgs {
    AtomTile tile;
    SeRMomentCenter<Real> form;
    ServedAtoms served;
    FittingInput<Real> input{};
};

/// From neighbours to features with parameters.
template <class Real>
void se_r_moments_forward(Queue& queue, const SeRMomentTileArgs<Real>& args);
/// From the gradient of the features to forces and virials.
template <class Real>
void se_r_moments_backward(Queue& queue, const SeRMomentTileArgs<Real>& args);

}  // namespace dpmd::gpu
