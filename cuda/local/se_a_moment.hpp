#pragma once
// se_e2_a in moment form (cpp/src/models/local/moment_form.hpp), from neighbours straight to moments and from the
// gradient of the features straight to forces: no array of pairs. The twin of cpp/src/cpu/tile/se_a_moment.hpp.
#include "local/descriptor.hpp"
#include "local/radial_tables.hpp"

namespace dpmd::gpu {

/// The form of one centre type, plain data.
template <class Real>
struct SeAMomentCenter {
    EnvironmentView environment;
    TablesView<Real> tables;
    const Real* padding = nullptr;  ///< [n_types][4][stride] the share of an empty slot in the moments before 1/N
    int n_basis = 0, n_axis = 0;
    int n_products = 0, n_features = 0;           ///< constants stand behind the products
    const std::int32_t* feature_pairs = nullptr;  ///< [n_products] l + 65536 k in device memory
    const Real* constants = nullptr;              ///< [n_features - n_products]
};

template <class Real>
struct SeAMomentTileArgs {
    AtomTile tile;
    SeAMomentCenter<Real> form;
    ServedAtoms served;
    FittingInput<Real> input{};
    Real* moments = nullptr;  ///< [n_atoms][4][stride]
};

template <class Real>
void se_a_moments_forward(Queue& queue, const SeAMomentTileArgs<Real>& args);
template <class Real>
void se_a_features_forward(Queue& queue, const SeAMomentTileArgs<Real>& args);
/// From the gradient of the features to forces and virials.
template <class Real>
void se_a_moments_backward(Queue& queue, const SeAMomentTileArgs<Real>& args);

}  // namespace dpmd::gpu
