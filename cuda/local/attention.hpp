#pragma once
// Self-attention of the neighbours of each atom (DPA-1). The twin of cpp/src/cpu/tile/attention.hpp. Nothing is kept
// for pairs of neighbours: the way back finds logits again from the largest one and the sum of each row.
#include "local/rows.hpp"
#include "models/local/se_atten.hpp"
#include "nets/gemm_tuner.hpp"

namespace dpmd::gpu {

/// A layer in device memory; plain data.
template <class Real>
struct AttentionView {
    LayerView<Real> in, out;  ///< query, key and value begin at multiples of head_stride
    int n_hidden = 0, head_stride = 0, n_channels = 0;
    Real scale = 1, norm_floor = 0, norm_epsilon = 0;
    bool normalize = true, dot_directions = true, masks_diagonal = false;
    const Real *norm_scale = nullptr, *norm_shift = nullptr;  ///< [n_channels]
};

/// The arrays of a layer that the way back needs, for the rows of a tile.
template <class Real>
struct AttentionTape {
    Real* heads = nullptr;                                 ///< [rows][3 head_stride] query, key, value, normalised
    Real* inverse_norm = nullptr;                          ///< [3][most] of them
    Real* mixed = nullptr;                                 ///< [rows][head_stride] weighted sums of values
    Real *largest = nullptr, *total = nullptr;             ///< [rows] logit, and sum of exponentials
    Real *normal = nullptr, *inverse_deviation = nullptr;  ///< [rows][stride], [rows] of the layer normalisation

    AttentionTape() = default;
    AttentionTape(Scratch& scratch, const AttentionView<Real>& layer, int stride, std::int64_t n_rows);
};

/// What the layers of a tile share.
template <class Real>
struct AttentionScratch {
    Real* slope = nullptr;    ///< [rows][widest] ones
    Real* d_heads = nullptr;  ///< [rows][3 head_stride]
    Real* d_mixed = nullptr;  ///< [rows][head_stride]
    Real* along = nullptr;    ///< [rows] d_mixed.mixed
    Real* update = nullptr;   ///< [rows][stride]

    AttentionScratch() = default;
    AttentionScratch(Scratch& scratch, const AttentionView<Real>& widest, int stride, std::int64_t n_rows);
};

/// The rows of a tile, those of an atom side by side, as they attend to each other.
template <class Real>
struct AttendingRows {
    std::int32_t n_atoms = 0;
    int n_types = 0, stride = 0;
    int n_keys = 0;  ///< slots, the empty ones of which are keys; 0: there are none
    bool is_smooth = true;
    Rows<Real> rows;
    const Real* weight = nullptr;     ///< [rows] the switch
    const Real* direction = nullptr;  ///< [3][most] unit vectors
    Real* d_weight = nullptr;         ///< gradients are added here
    Real* d_direction = nullptr;
};

/// Throws InputError where a device has too little shared memory for attention of this width.
void require_attention(const Queue& queue, int n_hidden, bool in_double);

/// One layer over g [rows][stride], in place.
template <class Real>
void attention_forward(GemmTuner& gemm, const AttentionView<Real>& layer, const AttendingRows<Real>& at,
                       const AttentionTape<Real>& tape, const AttentionScratch<Real>& scratch, Real* g);
/// From the gradient of its output to that of its input, in place.
template <class Real>
void attention_backward(GemmTuner& gemm, const AttentionView<Real>& layer, const AttendingRows<Real>& at,
                        const AttentionTape<Real>& tape, const AttentionScratch<Real>& scratch, Real* dg);

}  // namespace dpmd::gpu
