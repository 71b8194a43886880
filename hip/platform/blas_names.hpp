#pragma once
// Where to find hipBLAS, and the names of its functions.
#include "units/blas_functions.hpp"

namespace dpmd::gpu {

inline constexpr const char* blas_files[] = {"libhipblas.so.3", "libhipblas.so.2"};
/// Folders to search, relative to that of this module.
inline constexpr const char* blas_folders[] = {""};
inline constexpr BlasNames blas_names = {
    .create = "hipblasCreate",
    .destroy = "hipblasDestroy",
    .set_stream = "hipblasSetStream",
    .set_workspace = "",
    .set_math_mode = "hipblasSetMathMode",
    .gemm = {{"hipblasDgemm", "hipblasDgemmStridedBatched", "hipblasDgemmBatched"},
             {"hipblasSgemm", "hipblasSgemmStridedBatched", "hipblasSgemmBatched"}},
    .gemm_ex = "",  // its types changed between versions
    .no_transpose = 111,
    .transpose = 112,
    .plain_math = 0,  // HIPBLAS_DEFAULT_MATH
    .tf32_math = 1,   // HIPBLAS_XF32_XDL_MATH
    .bfloat16_type = 0,
    .single_type = 0,
    .single_compute = 0,
    .default_algorithm = 0,
};

/// A function that is part of this program instead of a library file; none here.
inline void* linked_blas_function(const char*) { return nullptr; }

}  // namespace dpmd::gpu
