#pragma once
// A BLAS for the emulator, part of the program: it computes products by their definition, on the stream on which they
// are queued.
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "emulator/runtime.hpp"
#include "units/blas_functions.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {

namespace emulated_blas {

struct Handle {
    emulator::Stream stream = nullptr;
    bool rounds = false;
};

inline int create(void** handle) { return *handle = new Handle, 0; }
inline int destroy(void* handle) { return delete static_cast<Handle*>(handle), 0; }
inline int set_stream(void* handle, void* stream) {
    static_cast<Handle*>(handle)->stream = static_cast<emulator::Stream>(stream);
    return 0;
}
inline int set_workspace(void*, void* workspace, std::size_t) { return workspace == nullptr; }
inline int set_math_mode(void* handle, int mode) { return static_cast<Handle*>(handle)->rounds = mode == 3, 0; }

inline double number(double x, bool) { return x; }
inline float number(float x, bool rounds) { return rounds ? round_to_tf32(x) : x; }
inline float number(std::uint16_t x, bool) { return MatrixBf16::number(x); }

template <class In, class Out>
void gemm_now(bool rounds, int a_code, int b_code, int m, int n, int k, const In* a, int a_stride, const In* b,
              int b_stride, Out beta, Out* c, int c_stride) {
    const auto at = [](int code, int stride, int row, int column) {
        return code == 0 ? std::ptrdiff_t(column) * stride + row : std::ptrdiff_t(row) * stride + column;
    };
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < m; ++i) {
            Out sum(0);
            for (int l = 0; l < k; ++l)
                sum += number(a[at(a_code, a_stride, i, l)], rounds) * number(b[at(b_code, b_stride, l, j)], rounds);
            Out& to = c[at(0, c_stride, i, j)];
            to = beta == Out(0) ? sum : sum + beta * to;
        }
}

template <class Work>
int put(void* handle, const Work& work) {
    return static_cast<int>(emulator::put(static_cast<Handle*>(handle)->stream, [work] {
        work();
        return emulator::Status::success;
    }));
}

template <class Real>
int strided(void* handle, int a_code, int b_code, int m, int n, int k, const Real* alpha, const Real* a, int a_stride,
            long long a_step, const Real* b, int b_stride, long long b_step, const Real* beta, Real* c, int c_stride,
            long long c_step, int count) {
    if (*alpha != Real(1)) return 1;
    return put(handle, [=, factor = *beta, rounds = static_cast<Handle*>(handle)->rounds] {
        for (int p = 0; p < count; ++p)
            gemm_now(rounds, a_code, b_code, m, n, k, a + p * a_step, a_stride, b + p * b_step, b_stride, factor,
                     c + p * c_step, c_stride);
    });
}

template <class Real>
int one(void* handle, int a_code, int b_code, int m, int n, int k, const Real* alpha, const Real* a, int a_stride,
        const Real* b, int b_stride, const Real* beta, Real* c, int c_stride) {
    return strided(handle, a_code, b_code, m, n, k, alpha, a, a_stride, 0, b, b_stride, 0, beta, c, c_stride, 0, 1);
}

template <class Real>
int by_pointers(void* handle, int a_code, int b_code, int m, int n, int k, const Real* alpha, const Real* const* a,
                int a_stride, const Real* const* b, int b_stride, const Real* beta, Real* const* c, int c_stride,
                int count) {
    if (*alpha != Real(1)) return 1;
    return put(handle, [=, factor = *beta, rounds = static_cast<Handle*>(handle)->rounds] {
        for (int p = 0; p < count; ++p)
            gemm_now(rounds, a_code, b_code, m, n, k, a[p], a_stride, b[p], b_stride, factor, c[p], c_stride);
    });
}

inline int mixed(void* handle, int a_code, int b_code, int m, int n, int k, const void*, const void* a, int,
                 int a_stride, const void* b, int, int b_stride, const void* beta, void* c, int, int c_stride, int,
                 int) {
    return put(handle, [=, factor = *static_cast<const float*>(beta)] {
        gemm_now(false, a_code, b_code, m, n, k, static_cast<const std::uint16_t*>(a), a_stride,
                 static_cast<const std::uint16_t*>(b), b_stride, factor, static_cast<float*>(c), c_stride);
    });
}

}  // namespace emulated_blas

inline constexpr const char* blas_files[] = {"none"};
inline constexpr const char* blas_folders[] = {""};
inline constexpr BlasNames blas_names = {
    .create = "create",
    .destroy = "destroy",
    .set_stream = "set_stream",
    .set_workspace = "set_workspace",
    .set_math_mode = "set_math_mode",
    .gemm = {{"one_double", "strided_double", "by_pointers_double"},
             {"one_single", "strided_single", "by_pointers_single"}},
    .gemm_ex = "mixed",
    .no_transpose = 0,
    .transpose = 1,
    .plain_math = 0,
    .tf32_math = 3,
    .bfloat16_type = 14,
    .single_type = 0,
    .single_compute = 68,
    .default_algorithm = -1,
};

inline void* linked_blas_function(const char* name) {
    using namespace emulated_blas;
    if (std::getenv("DPMD_EMULATOR_NO_BLAS") != nullptr) return nullptr;  // as on a machine without the library
    const auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
    if (is("create")) return reinterpret_cast<void*>(&create);
    if (is("destroy")) return reinterpret_cast<void*>(&destroy);
    if (is("set_stream")) return reinterpret_cast<void*>(&set_stream);
    if (is("set_workspace")) return reinterpret_cast<void*>(&set_workspace);
    if (is("set_math_mode")) return reinterpret_cast<void*>(&set_math_mode);
    if (is("mixed")) return reinterpret_cast<void*>(&mixed);
    if (is("one_double")) return reinterpret_cast<void*>(&one<double>);
    if (is("one_single")) return reinterpret_cast<void*>(&one<float>);
    if (is("strided_double")) return reinterpret_cast<void*>(&strided<double>);
    if (is("strided_single")) return reinterpret_cast<void*>(&strided<float>);
    if (is("by_pointers_double")) return reinterpret_cast<void*>(&by_pointers<double>);
    if (is("by_pointers_single")) return reinterpret_cast<void*>(&by_pointers<float>);
    return nullptr;
}

}  // namespace dpmd::gpu
