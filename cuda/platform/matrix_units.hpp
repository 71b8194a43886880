#pragma once
// Products of matrices in the registers of a tile of lanes on NVIDIA's tensor cores (Ampere and later). The layouts are
// those of mma.sync in the PTX ISA.
#include "gpu_platform.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {

constexpr bool has_matrix_units = true;

/// sums += A B; all lanes of the tile call it together.
template <class Kind>
GPU_DEVICE void multiply_registers(float (&sums)[4], const float (&a)[4], const float (&b)[2]) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
          "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}
template <class Kind>
GPU_DEVICE void multiply_registers(float (&sums)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
template <class Kind>
GPU_DEVICE void multiply_registers(double (&sums)[4], const double (&a)[4], const double (&b)[2]) {
#if __CUDA_ARCH__ >= 900
    asm("mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+d"(sums[0]), "+d"(sums[1]), "+d"(sums[2]), "+d"(sums[3])
        : "d"(a[0]), "d"(a[1]), "d"(a[2]), "d"(a[3]), "d"(b[0]), "d"(b[1]));
#else  // Ampere multiplies 8 rows by a depth of 4
    GPU_UNROLL for (int step = 0; step < 2; ++step) GPU_UNROLL for (int half = 0; half < 2; ++half) asm(
        "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};" : "+d"(sums[2 * half]),
        "+d"(sums[2 * half + 1]) : "d"(a[2 * step + half]), "d"(b[step]));
#endif
}

}  // namespace dpmd::gpu
