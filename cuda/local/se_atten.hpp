#pragma once
// DPA-1 on rows (cpp/src/models/local/se_atten.hpp), between its networks and the fitting net. The twin of
// cpp/src/cpu/tile/se_atten.hpp.
#include "local/parameters.hpp"
#include "local/rows.hpp"

namespace dpmd::gpu {

/// What the kernels know of the descriptor for one centre type; plain data.
template <class Real>
struct SeAttenCenter {
    int n_channels = 0, stride = 0, n_axis = 0, type_width = 0, n_output_types = 0, lmax = 1, type = 0, n_types = 0;
    bool is_strip = false, is_one_side = false, is_smooth = true, has_cubic_switch = false;
    double cutoff_smooth = 0;              ///< Å
    Real norm_floor = 0;                   ///< of directions
    const Real* type_embedding = nullptr;  ///< [n_types + 1][type_width]
    const Real* factors = nullptr;         ///< strip: [n_types][stride] by neighbour
    const Real* empty_slot = nullptr;      ///< [stride] of the radial component, or by type of the slot; null: nothing
    bool slots_by_type = false;            ///< [n_types][stride]
    const Real* excluded_row = nullptr;    ///< [n_types][4][stride]; null: nothing
    Real gain[4] = {1, 1, 1, 1};           ///< of the products of moments of a degree, by degree - 1
};

template <class Real>
struct SeAttenTileArgs : RowTile<Real> {
    SeAttenCenter<Real> center;
    FittingInput<Real> input{};
    int x_stride = 1;
    Real* x = nullptr;                                  ///< concat: [rows][x_stride] inputs of the network
    Real* plain = nullptr;                              ///< strip: [rows][stride] its outputs
    Real* g = nullptr;                                  ///< [rows][stride] what enters the moments
    Real* dg = nullptr;                                 ///< [rows][stride]
    Real *weight = nullptr, *d_weight = nullptr;        ///< [rows] the switch
    Real *direction = nullptr, *d_direction = nullptr;  ///< [3][most] of the normalised rows
    Real* inverse_length = nullptr;                     ///< [rows] of these
    Real *harmonics = nullptr, *d_harmonics = nullptr;  ///< [n_harmonics][most] rows of higher degrees
    Real *moments = nullptr, *d_moments = nullptr;      ///< [n_atoms][moment rows][stride]
    Real* row_gradient = nullptr;                       ///< [4][most]
    double* difference = nullptr;                       ///< [3][most] gradient beside the rows
};

/// Switch, directions, harmonics and inputs of the network of all rows; clears the gradients of the first two.
template <class Real>
void se_atten_prepare_rows(Queue& queue, const SeAttenTileArgs<Real>& args);
/// strip: g from the network's outputs.
template <class Real>
void se_atten_apply_factors(Queue& queue, const SeAttenTileArgs<Real>& args);
/// From g to moments and features.
template <class Real>
void se_atten_forward(Queue& queue, const SeAttenTileArgs<Real>& args);
/// From the gradient of the features to those of g, of the rows and of the harmonics.
template <class Real>
void se_atten_backward(Queue& queue, const SeAttenTileArgs<Real>& args);
/// strip: dg becomes the gradient of the network's outputs; adds that of the switch.
template <class Real>
void se_atten_factors_backward(Queue& queue, const SeAttenTileArgs<Real>& args);
/// The gradients of switch, directions and harmonics go on to the rows, or to the difference.
template <class Real>
void se_atten_finish_rows(Queue& queue, const SeAttenTileArgs<Real>& args);

}  // namespace dpmd::gpu
