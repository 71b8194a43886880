#pragma once
// The BLAS functions that the GPU backend calls: matrices are column-major, a status of 0 is success, scalars are read
// on the host. A vendor's names of these functions, and its enumeration values, are in platform/blas_names.hpp.
#include <cstddef>

namespace dpmd::gpu {

template <class Real>
struct BlasGemms {
    using One = int(void* handle, int a_code, int b_code, int m, int n, int k, const Real* alpha, const Real* a,
                    int a_stride, const Real* b, int b_stride, const Real* beta, Real* c, int c_stride);
    using Strided = int(void* handle, int a_code, int b_code, int m, int n, int k, const Real* alpha, const Real* a,
                        int a_stride, long long a_step, const Real* b, int b_stride, long long b_step, const Real* beta,
                        Real* c, int c_stride, long long c_step, int count);
    using Pointers = int(void* handle, int a_code, int b_code, int m, int n, int k, const Real* alpha,
                         const Real* const* a, int a_stride, const Real* const* b, int b_stride, const Real* beta,
                         Real* const* c, int c_stride, int count);
    One* one = nullptr;
    Strided* strided = nullptr;
    Pointers* pointers = nullptr;
};

/// A vendor's names of the functions; an empty name: there is no such function.
struct BlasNames {
    const char* create;
    const char* destroy;
    const char* set_stream;
    const char* set_workspace;
    const char* set_math_mode;
    const char* gemm[2][3];  ///< [double, single][one product, strided, by pointers]
    const char* gemm_ex;
    int no_transpose, transpose;
    int plain_math, tf32_math;
    int bfloat16_type, single_type, single_compute, default_algorithm;
};

struct BlasFunctions : BlasNames {
    int (*create_handle)(void** handle) = nullptr;
    int (*destroy_handle)(void* handle) = nullptr;
    int (*set_handle_stream)(void* handle, void* stream) = nullptr;
    int (*set_handle_workspace)(void* handle, void* workspace, std::size_t bytes) = nullptr;  ///< may be null
    int (*set_handle_math_mode)(void* handle, int mode) = nullptr;                            ///< may be null
    BlasGemms<double> in_double;
    BlasGemms<float> in_single;
    int (*mixed)(void* handle, int a_code, int b_code, int m, int n, int k, const void* alpha, const void* a,
                 int a_type, int a_stride, const void* b, int b_type, int b_stride, const void* beta, void* c,
                 int c_type, int c_stride, int compute, int algorithm) = nullptr;
};

}  // namespace dpmd::gpu
