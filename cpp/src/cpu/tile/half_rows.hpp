#pragma once
// Rows of singles as rows of bfloat16, for the units that multiply those. For sources compiled with AVX512_BF16 only.
#include <immintrin.h>

#include <cstdint>

#include "cpu/nets/half_unit.hpp"
#include "math/hd.hpp"

namespace dpmd::cpu {

/// to [round_up(rows, 16)][b.depth] from a [rows][a_stride]; zero beyond the rows and columns of a.
DPMD_HD std::uint16_t* to_half_rows(int rows, const float* a, int a_stride, const HalfMatrix& b, Workspace& workspace) {
    const int all_rows = (rows + 15) / 16 * 16;
    const auto depth = std::size_t(b.depth);
    std::uint16_t* to = workspace.take<std::uint16_t>(std::size_t(all_rows) * depth);
    for (int r = 0; r < all_rows; ++r) {
        std::uint16_t* row = to + std::size_t(r) * depth;
        const float* from = a + std::size_t(r) * std::size_t(a_stride);
        for (int k = 0; k < b.depth; k += 32) {
            const auto part = [&](int first) {
                const int n = r < rows ? b.n_in - first : 0;
                const __mmask16 mask = n >= 16 ? __mmask16(0xffff) : n > 0 ? __mmask16((1 << n) - 1) : __mmask16(0);
                return _mm512_maskz_loadu_ps(mask, from + first);
            };
            const __m512bh both = _mm512_cvtne2ps_pbh(part(k + 16), part(k));
            __builtin_memcpy(row + k, &both, sizeof both);
        }
    }
    return to;
}

}  // namespace dpmd::cpu
