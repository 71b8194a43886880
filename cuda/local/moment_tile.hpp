#pragma once
// Stages of a tile in moment form (cpp/src/models/local/moment_form.hpp), from neighbours straight to moments and from
// the gradient of the features straight to forces: no array of pairs. The twin of cpp/src/cpu/tile/moment_tile.hpp.
#include "local/neighborhood.hpp"

namespace dpmd::gpu {

/// A tile of atoms of one centre type and its scratch.
template <class Real>
struct MomentTileArgs {
    SystemView system;
    MomentCenter<Real> center;
    const std::int32_t* atoms = nullptr;  ///< [n_atoms]
    std::int32_t n_atoms = 0;
    ParameterView parameters;

    Real* moments = nullptr;       ///< [n_atoms][4][stride]
    std::int32_t* kept = nullptr;  ///< [n_atoms] 0: too close to others for the tables, left to the exact nets
    std::int32_t* left = nullptr;  ///< [...] those, appended behind totals->n_left
    Real* features = nullptr;      ///< [n_atoms][feature_stride], parameters behind the features
    int feature_stride = 0;
    const Real* gradient = nullptr;  ///< [n_atoms][feature_stride] dE/dfeatures
};

template <class Real>
void moments_forward(Queue& queue, const MomentTileArgs<Real>& args);
template <class Real>
void features_forward(Queue& queue, const MomentTileArgs<Real>& args);
/// From the gradient of the features to forces and virials.
template <class Real>
void moments_backward(Queue& queue, const MomentTileArgs<Real>& args);

}  // namespace dpmd::gpu
