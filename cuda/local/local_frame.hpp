#pragma once
// Local frames on rows (cpp/src/models/local/local_frame.hpp). There is no net between the neighbours, in the order of
// their distances, and the features. The twin of cpp/src/cpu/tile/local_frame.hpp.
#include "local/parameters.hpp"
#include "local/rows.hpp"
#include "math/axis_frame.hpp"
#include "models/local/local_frame.hpp"

namespace dpmd::gpu {

/// What a centre type makes of its neighbours; arrays in device memory, and in double, like differences and distances.
struct LocalFrameCenter {
    LocalFrame::Axes axes;
    const LocalFrame::Section* sections = nullptr;  ///< [n_types] by neighbour type
    const double* shift = nullptr;                  ///< [n_features]
    const double* inverse_scale = nullptr;          ///< [n_features]
};

template <class Real>
struct LocalFrameTileArgs : RowTile<Real> {
    LocalFrameCenter center{};
    FittingInput<Real> input{};
    // what the way back needs
    std::int32_t* order = nullptr;  ///< [rows] those of an atom and a type, by distance
    std::int32_t* axes = nullptr;   ///< [n_atoms][2] the rows of the axes, -1: there is none
    AxisFrame* frames = nullptr;    ///< [n_atoms]

    double* distance = nullptr;    ///< [rows] Å
    double* difference = nullptr;  ///< [3][most rows] the gradient with respect to r_j - r_i
};

/// From neighbours to features with parameters.
template <class Real>
void local_frame_forward(Queue& queue, const LocalFrameTileArgs<Real>& args);
/// From the gradient of the features to that of the differences.
template <class Real>
void local_frame_backward(Queue& queue, const LocalFrameTileArgs<Real>& args);

}  // namespace dpmd::gpu
