#pragma once
// Stages of a tile with the embedding nets as they were trained: one row per real neighbour. The twin of
// cpp/src/cpu/tile/exact_tile.hpp. How many rows there are is known to the device only.
#include "local/neighborhood.hpp"
#include "nets/layers.hpp"

namespace dpmd::gpu {

template <class Real>
struct ExactTileArgs {
    SystemView system;
    CenterView<Real> center;
    const std::int32_t* atoms = nullptr;  ///< [n_atoms]
    std::int32_t n_atoms = 0;
    std::int64_t most_rows = 0;  ///< what the arrays below can hold
    int n_channels = 0, stride = 0, n_axis = 0;
    ParameterView parameters;

    std::int32_t* counts = nullptr;    ///< [n_types][n_atoms] rows
    std::int32_t* n_empty = nullptr;   ///< [n_types][n_atoms] slots of `sel` that stay empty
    std::int32_t* first = nullptr;     ///< [n_types * n_atoms + 1] first row of (type, atom)
    std::int32_t* ranges = nullptr;    ///< [n_types + 1][2] rows of a type; last: of all
    std::int32_t* neighbor = nullptr;  ///< [rows] place in the list of the atom
    std::int32_t* owner = nullptr;     ///< [rows] atom of the tile
    Real* rows = nullptr;              ///< [4][most_rows] normalised environment
    Real* g = nullptr;                 ///< [rows][stride] embedding
    Real* moments = nullptr;           ///< [n_atoms][4][stride]
    Real* input = nullptr;             ///< [n_atoms][input_stride] of the fitting net
    int input_stride = 0;
    const Real* gradient = nullptr;  ///< [n_atoms][input_stride]
    Real* d_moments = nullptr;       ///< [n_atoms][4][stride]
    Real* dg = nullptr;              ///< [rows][stride]
    Real* row_gradient = nullptr;    ///< [4][most_rows]
    const Real* ds = nullptr;        ///< [rows] dE/ds through the embedding
};

/// Counts and fills the rows.
template <class Real>
void pack_rows(Queue& queue, const ExactTileArgs<Real>& args);
/// From rows and embedding to moments and descriptors with parameters.
template <class Real>
void descriptor_forward(Queue& queue, const ExactTileArgs<Real>& args);
/// From the gradient of the descriptor to that of embedding and rows.
template <class Real>
void descriptor_backward(Queue& queue, const ExactTileArgs<Real>& args);
/// Forces and virials.
template <class Real>
void scatter_rows(Queue& queue, const ExactTileArgs<Real>& args);

}  // namespace dpmd::gpu
