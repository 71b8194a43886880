#pragma once
// Vectors of Real that fill one register of the instruction set for which this translation unit is compiled. They use
// the vector extensions of GCC and clang: one source for SSE2, AVX2, AVX-512 and NEON.
#include <cstdint>
#include <cstring>

#include "math/elementary.hpp"

#if !defined(DPMD_ISA) || !defined(DPMD_VECTOR_BYTES)
#error "tile kernels are compiled once per instruction set: define DPMD_ISA and DPMD_VECTOR_BYTES"
#endif

namespace dpmd {

using VectorDouble = double __attribute__((vector_size(DPMD_VECTOR_BYTES)));
using VectorFloat = float __attribute__((vector_size(DPMD_VECTOR_BYTES)));
using VectorInt64 = std::int64_t __attribute__((vector_size(DPMD_VECTOR_BYTES)));
using VectorInt32 = std::int32_t __attribute__((vector_size(DPMD_VECTOR_BYTES)));

template <>
struct LaneOf<VectorDouble> {
    using Real = double;
    using Integer = VectorInt64;
};
template <>
struct LaneOf<VectorFloat> {
    using Real = float;
    using Integer = VectorInt32;
};

}  // namespace dpmd

namespace dpmd::cpu::DPMD_ISA {

template <class Real>
struct VectorOf;
template <>
struct VectorOf<double> {
    using type = VectorDouble;
};
template <>
struct VectorOf<float> {
    using type = VectorFloat;
};
template <class Real>
using Vector = typename VectorOf<Real>::type;

template <class Real>
inline constexpr int lanes = DPMD_VECTOR_BYTES / int(sizeof(Real));

template <class Real>
DPMD_HD Vector<Real> load(const Real* p) {
    Vector<Real> v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
template <class Real>
DPMD_HD void store(Real* p, Vector<Real> v) {
    __builtin_memcpy(p, &v, sizeof v);
}

}  // namespace dpmd::cpu::DPMD_ISA
