// Products of bfloat16 tiles with AMX: 16 rows x 48 columns in tile registers, 32 rows of B at a time.
#include "cpu/tile/half_rows.hpp"

namespace dpmd::cpu {
namespace {

constexpr int tile_rows = 16;

/// Palette 1: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// Tiles 0 to 2 hold C, 3 holds A, 4 to 6 hold B.
template <int n_vectors>
inline void micro(int depth, const std::uint16_t* a, const std::uint32_t* panel, float* c) {
    const int a_bytes = depth * 2, b_bytes = n_vectors * 64;
    _tile_zero(0);
    if constexpr (n_vectors > 1) _tile_zero(1);
    if constexpr (n_vectors > 2) _tile_zero(2);
    for (int k = 0; k < depth; k += half_depth) {
        const std::uint32_t* b = panel + std::size_t(k / 2) * std::size_t(n_vectors * half_lanes);
        _tile_loadd(3, a + k, a_bytes);
        _tile_loadd(4, b, b_bytes);
        _tile_dpbf16ps(0, 3, 4);
        if constexpr (n_vectors > 1) {
            _tile_loadd(5, b + half_lanes, b_bytes);
            _tile_dpbf16ps(1, 3, 5);
        }
        if constexpr (n_vectors > 2) {
            _tile_loadd(6, b + 2 * half_lanes, b_bytes);
            _tile_dpbf16ps(2, 3, 6);
        }
    }
    constexpr int c_bytes = half_panel_vectors * 64;
    _tile_stored(0, c, c_bytes);
    if constexpr (n_vectors > 1) _tile_stored(1, c + half_lanes, c_bytes);
    if constexpr (n_vectors > 2) _tile_stored(2, c + 2 * half_lanes, c_bytes);
}

void multiply(int rows, const float* a, int a_stride, const HalfMatrix& b, const float* bias, float* c, int c_stride,
              Workspace& workspace) {
    const std::uint16_t* half = to_half_rows(rows, a, a_stride, b, workspace);
    const TileConfiguration configuration;
    _tile_loadconfig(&configuration);
    constexpr int width = half_panel_vectors * half_lanes;
    alignas(64) float block[tile_rows * width];
    for (int first = 0; first < b.stride; first += width) {
        const int n_vectors = (b.stride - first < width ? b.stride - first : width) / half_lanes;
        const std::uint32_t* panel = b.pairs.data() + std::size_t(first) * std::size_t(b.depth / 2);
        __m512 start[half_panel_vectors];
        for (int v = 0; v < n_vectors; ++v)
            start[v] = bias ? _mm512_loadu_ps(bias + first + v * half_lanes) : _mm512_setzero_ps();
        for (int r = 0; r < rows; r += tile_rows) {
            const std::uint16_t* from = half + std::size_t(r) * std::size_t(b.depth);
            if (n_vectors == 3) micro<3>(b.depth, from, panel, block);
            else if (n_vectors == 2) micro<2>(b.depth, from, panel, block);
            else micro<1>(b.depth, from, panel, block);
            for (int i = 0; i < tile_rows && r + i < rows; ++i)
                for (int v = 0; v < n_vectors; ++v) {
                    const __m512 sum = _mm512_add_ps(start[v], _mm512_load_ps(block + i * width + v * half_lanes));
                    _mm512_storeu_ps(c + std::size_t(r + i) * std::size_t(c_stride) + first + v * half_lanes, sum);
                }
        }
    }
    _tile_release();
}

}  // namespace

const HalfUnit half_amx{"avx512_amx", &multiply};

}  // namespace dpmd::cpu
