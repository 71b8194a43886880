#pragma once
// Hardware that multiplies bfloat16 matrices and sums in single precision: AVX512_BF16 and AMX. Where there is none,
// the ordinary kernels multiply operands rounded to bfloat16; the products are the same, sums differ in the last
// digits.
#include <cstdint>

#include "core/array.hpp"
#include "core/workspace.hpp"

namespace dpmd::cpu {

/// Columns of a vector, vectors of a panel, and the multiple of rows to which a matrix is padded with zeros.
inline constexpr int half_lanes = 16, half_panel_vectors = 3, half_depth = 32;

/// A weight matrix for such hardware: panels of 48 columns (the last one may have 32 or 16), rows in pairs, one pair of
/// bfloat16 per column: [depth / 2][vectors][16].
struct HalfMatrix {
    int n_in = 0, n_out = 0;
    int stride = 0;  ///< columns, padded to whole vectors
    int depth = 0;   ///< rows, padded
    Array<std::uint32_t> pairs;

    void pack(const double* matrix, int rows, int columns, bool transposed);
};

struct HalfUnit {
    const char* name;
    /// c [rows][c_stride] = bias + a b; bias may be null. a [rows][a_stride] is rounded to bfloat16 on the way.
    void (*multiply)(int rows, const float* a, int a_stride, const HalfMatrix& b, const float* bias, float* c,
                     int c_stride, Workspace& workspace);
};

#if defined(__x86_64__)
extern const HalfUnit half_avx512_bf16, half_amx;
/// Asks the operating system for the tile registers; false: this process cannot have them.
bool enable_amx();
#endif

}  // namespace dpmd::cpu
