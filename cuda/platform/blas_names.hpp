#pragma once
// Where to find cuBLAS, and the names of its functions.
#include "units/blas_functions.hpp"

namespace dpmd::gpu {

inline constexpr const char* blas_files[] = {"libcublas.so.13", "libcublas.so.12"};
/// Folders to search, relative to that of this module: its own, and those of Python packages of the library.
inline constexpr const char* blas_folders[] = {"", "../../nvidia/cu13/lib/", "../nvidia/cu13/lib/",
                                               "../../nvidia/cublas/lib/", "../nvidia/cublas/lib/"};
inline constexpr BlasNames blas_names = {
    .create = "cublasCreate_v2",
    .destroy = "cublasDestroy_v2",
    .set_stream = "cublasSetStream_v2",
    .set_workspace = "cublasSetWorkspace_v2",
    .set_math_mode = "cublasSetMathMode",
    .gemm = {{"cublasDgemm_v2", "cublasDgemmStridedBatched", "cublasDgemmBatched"},
             {"cublasSgemm_v2", "cublasSgemmStridedBatched", "cublasSgemmBatched"}},
    .gemm_ex = "cublasGemmEx",
    .no_transpose = 0,
    .transpose = 1,
    .plain_math = 0,       // CUBLAS_DEFAULT_MATH
    .tf32_math = 3,        // CUBLAS_TF32_TENSOR_OP_MATH
    .bfloat16_type = 14,   // CUDA_R_16BF
    .single_type = 0,      // CUDA_R_32F
    .single_compute = 68,  // CUBLAS_COMPUTE_32F
    .default_algorithm = -1,
};

/// A function that is part of this program instead of a library file; none here.
inline void* linked_blas_function(const char*) { return nullptr; }

}  // namespace dpmd::gpu
