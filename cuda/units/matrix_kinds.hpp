#pragma once
// The kinds of products of matrix units: the size of one product, its number types, and the layout of its operands in
// shared memory.
#include <cstdint>

#include "math/bfloat16.hpp"
#include "math/hd.hpp"

namespace dpmd::gpu {

/// The nearest number with 10 bits of mantissa, ties away from zero. NaN and infinity are unchanged.
DPMD_HD float round_to_tf32(float x) {
    std::uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7f800000u) == 0x7f800000u) return x;
    bits = (bits + 0x1000u) & ~0x1fffu;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

// C [rows][columns] += A [rows][depth] B [depth][columns]. Rows of A and B in shared memory begin at multiples of 16
// bytes; with slices of whole 16 values, the paddings keep the lanes of a load in different banks.

/// Exact products of doubles.
struct MatrixF64 {
    using Operand = double;
    using Sum = double;
    static constexpr int rows = 8, columns = 8, depth = 4;
    static constexpr int a_padding = 4, b_padding = 4;
    static DPMD_HD Operand operand(double x) { return x; }
    static DPMD_HD void add_product(double& sum, double a, double b) { sum += a * b; }
};

/// Operands rounded to bfloat16, whose products are exact in single precision.
struct MatrixBf16 {
    using Operand = std::uint16_t;  ///< bits
    using Sum = float;
    static constexpr int rows = 16, columns = 16, depth = 16;
    static constexpr int a_padding = 8, b_padding = 8;
    static DPMD_HD Operand operand(float x) { return static_cast<Operand>(bfloat16_bits(round_to_bfloat16(x))); }
    static DPMD_HD float number(Operand bits) {
        const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
        float x;
        __builtin_memcpy(&x, &wide, sizeof x);
        return x;
    }
    static DPMD_HD void add_product(float& sum, Operand a, Operand b) { sum += number(a) * number(b); }
};

/// Operands rounded to 10 bits of mantissa.
struct MatrixTf32 {
    using Operand = float;
    using Sum = float;
    static constexpr int rows = 16, columns = 16, depth = 8;
    static constexpr int a_padding = 4, b_padding = 8;
    static DPMD_HD Operand operand(float x) { return round_to_tf32(x); }
    static DPMD_HD void add_product(float& sum, float a, float b) { sum += a * b; }
};

/// Each operand is the sum of two numbers of 10 bits; the product of the two small ones is left out: about single
/// accuracy.
struct MatrixTf32x3 : MatrixTf32 {
    static DPMD_HD Operand operand(float x) { return x; }  ///< split where it is used
    static DPMD_HD void add_product(float& sum, float a, float b) {
        const float a_high = round_to_tf32(a), b_high = round_to_tf32(b);
        const float a_low = round_to_tf32(a - a_high), b_low = round_to_tf32(b - b_high);
        sum += a_low * b_high;
        sum += a_high * b_low;
        sum += a_high * b_high;
    }
};

}  // namespace dpmd::gpu
