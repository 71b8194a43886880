#pragma once
// The matrix product of a layer whose operands are rounded to bfloat16 (mix16).
#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/gemm.hpp"
#include "math/bfloat16.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// a w (+ bias), or dz w^T; on hardware for it where there is some. The weights are rounded already.
inline void multiply_in_half(const PackedLayer<float>& layer, bool forward, int rows, const float* a, int a_stride,
                             const float* bias, float* c, int c_stride, Workspace& workspace) {
    if (layer.half_unit != nullptr)
        return layer.half_unit->multiply(rows, a, a_stride, forward ? layer.forward_half : layer.backward_half, bias, c,
                                         c_stride, workspace);
    const PackedMatrix<float>& matrix = forward ? layer.forward : layer.backward;
    const int stride = round_up(matrix.n_in, lanes<float>);
    float* rounded = workspace.take<float>(std::size_t(rows) * std::size_t(stride));
    for (int r = 0; r < rows; ++r)
        for (int k = 0; k < matrix.n_in; ++k)
            rounded[r * stride + k] = round_to_bfloat16(a[std::size_t(r) * std::size_t(a_stride) + std::size_t(k)]);
    gemm(rows, rounded, stride, matrix, bias, c, c_stride);
}

}  // namespace dpmd::cpu::DPMD_ISA
