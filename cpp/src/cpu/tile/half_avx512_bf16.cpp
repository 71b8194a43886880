// Products of bfloat16 pairs with AVX512_BF16, 8 rows x 48 columns in registers.
#include "cpu/tile/half_rows.hpp"

namespace dpmd::cpu {
namespace {

constexpr int half_rows = 8;

template <int n_vectors>
inline void micro(int depth, const std::uint16_t* a, int a_stride, const std::uint32_t* panel, const float* bias,
                  float* c, int c_stride, int n_rows) {
    __m512 sum[half_rows][n_vectors];
    for (int r = 0; r < half_rows; ++r)
        for (int v = 0; v < n_vectors; ++v)
            sum[r][v] = bias ? _mm512_loadu_ps(bias + v * half_lanes) : _mm512_setzero_ps();
    for (int k = 0; k < depth / 2; ++k) {
        __m512i b[n_vectors];
        for (int v = 0; v < n_vectors; ++v) b[v] = _mm512_loadu_si512(panel + (k * n_vectors + v) * half_lanes);
        for (int r = 0; r < half_rows; ++r) {
            std::uint32_t pair;
            __builtin_memcpy(&pair, a + std::size_t(r) * std::size_t(a_stride) + std::size_t(2 * k), sizeof pair);
            const __m512i x = _mm512_set1_epi32(static_cast<int>(pair));
            for (int v = 0; v < n_vectors; ++v) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)x, (__m512bh)b[v]);
        }
    }
    for (int r = 0; r < n_rows; ++r)
        for (int v = 0; v < n_vectors; ++v) _mm512_storeu_ps(c + r * c_stride + v * half_lanes, sum[r][v]);
}

void multiply(int rows, const float* a, int a_stride, const HalfMatrix& b, const float* bias, float* c, int c_stride,
              Workspace& workspace) {
    const std::uint16_t* half = to_half_rows(rows, a, a_stride, b, workspace);
    constexpr int width = half_panel_vectors * half_lanes;
    for (int first = 0; first < b.stride; first += width) {
        const int n_vectors = (b.stride - first < width ? b.stride - first : width) / half_lanes;
        const std::uint32_t* panel = b.pairs.data() + std::size_t(first) * std::size_t(b.depth / 2);
        for (int r = 0; r < rows; r += half_rows) {
            const std::uint16_t* from = half + std::size_t(r) * std::size_t(b.depth);
            float* to = c + std::size_t(r) * std::size_t(c_stride) + first;
            const float* start = bias ? bias + first : nullptr;
            const int n_rows = rows - r < half_rows ? rows - r : half_rows;
            if (n_vectors == 3) micro<3>(b.depth, from, b.depth, panel, start, to, c_stride, n_rows);
            else if (n_vectors == 2) micro<2>(b.depth, from, b.depth, panel, start, to, c_stride, n_rows);
            else micro<1>(b.depth, from, b.depth, panel, start, to, c_stride, n_rows);
        }
    }
}

}  // namespace

const HalfUnit half_avx512_bf16{"avx512_bf16", &multiply};

}  // namespace dpmd::cpu
