#pragma once
// DPMD_HD: an inline function for host and device. On the host it is always inlined, because the same function is
// compiled for several instruction sets and an out-of-line copy for one of them must not be linked into code for
// another.
#if defined(__CUDACC__)
#define DPMD_HD __host__ __device__ inline
#elif defined(__HIP__)
#define DPMD_HD __attribute__((host)) __attribute__((device)) inline
#else
#define DPMD_HD __attribute__((always_inline)) inline
#endif

namespace dpmd {

/// A function's value and its derivative, computed together.
template <class V>
struct ValueSlope {
    V value, slope;
};

}  // namespace dpmd
