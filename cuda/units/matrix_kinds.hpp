#pragma once
// The kinds of products of matrix units: the size of one product, its number types, the layout of its operands in
// shared memory, and which lane holds which of them.
#include <cmath>
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

/// x as a sum of two numbers: `high` is the nearest number with 10 bits of mantissa, or next to it at a tie, `low` the
/// exact rest, of which a matrix unit ignores what goes beyond 10 bits. Infinity and numbers above 2^114 give NaN.
DPMD_HD void split_tf32(float x, float& high, float& low) {
    high = fmaf(-8192.0f, x, 8193.0f * x);  // 8193 x, rounded to the last bit of `high`, without 8192 x
    low = x - high;
}

// C [rows][columns] += A [rows][depth] B [depth][columns], with operands in shared memory. A slice is the
// depth that is added before the sum enters those of other slices.
// Rows begin at multiples of 16 bytes, and the paddings keep the lanes of a load in different banks.
//
// The 32 lanes of a tile hold the operands in registers of `packed` values that are adjacent in depth, and four sums
// each, as MatrixLanes says.

struct MatrixProduct {
    static constexpr int rows = 16, columns = 8, sums = 4;
};

/// Products of doubles.
struct MatrixF64 : MatrixProduct {
    using Operand = double;
    using Sum = double;
    using Register = double;
    static constexpr int depth = 8, slice = 8, packed = 1, parts = 1;
    static constexpr int a_padding = 4, b_padding = 4;
    static DPMD_HD Operand operand(double x) { return x; }
    static DPMD_HD Operand rounded_operand(double x) { return x; }  ///< of a number that needs no rounding
    static DPMD_HD void add_product(double& sum, double a, double b) { sum += a * b; }
};

/// Operands rounded to bfloat16, whose products are exact in single precision.
struct MatrixBf16 : MatrixProduct {
    using Operand = std::uint16_t;  ///< bits
    using Sum = float;
    using Register = std::uint32_t;
    static constexpr int depth = 16, slice = 16, packed = 2, parts = 1;
    static constexpr int a_padding = 8, b_padding = 8;
    static DPMD_HD Operand operand(float x) { return static_cast<Operand>(bfloat16_bits(round_to_bfloat16(x))); }
    static DPMD_HD Operand rounded_operand(float x) { return static_cast<Operand>(bfloat16_bits(x)); }
    static DPMD_HD float number(Operand bits) {
        const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
        float x;
        __builtin_memcpy(&x, &wide, sizeof x);
        return x;
    }
    static DPMD_HD void add_product(float& sum, Operand a, Operand b) { sum += number(a) * number(b); }
};

/// Operands rounded to 10 bits of mantissa.
struct MatrixTf32 : MatrixProduct {
    using Operand = float;
    using Sum = float;
    using Register = float;
    static constexpr int depth = 8, slice = 16, packed = 1, parts = 1;
    static constexpr int a_padding = 4, b_padding = 8;
    static DPMD_HD Operand operand(float x) { return round_to_tf32(x); }
    static DPMD_HD Operand rounded_operand(float x) { return x; }
    static DPMD_HD void add_product(float& sum, float a, float b) { sum += a * b; }
};

/// Each operand is the sum of two numbers of 10 bits; the product of the two small ones is left out: about single
/// accuracy.
struct MatrixTf32x3 : MatrixTf32 {
    static constexpr int parts = 2;
    static DPMD_HD Operand operand(float x) { return x; }  ///< split where it is used
    static DPMD_HD void add_product(float& sum, float a, float b) {
        float a_high, a_low, b_high, b_low;
        split_tf32(a, a_high, a_low);
        split_tf32(b, b_high, b_low);
        sum += a_low * b_high;
        sum += a_high * b_low;
        sum += a_high * b_high;
    }
};

/// Which lane of a tile holds what of a product of a kind. The values of register r begin at the depth that is given.
template <class Kind>
struct MatrixLanes {
    static constexpr int a_registers = Kind::rows * Kind::depth / Kind::packed / 32;
    static constexpr int b_registers = Kind::columns * Kind::depth / Kind::packed / 32;

    static DPMD_HD constexpr int a_row(int lane, int r) { return lane / 4 + 8 * (r % 2); }
    static DPMD_HD constexpr int a_depth(int lane, int r) { return Kind::packed * (lane % 4 + 4 * (r / 2)); }
    static DPMD_HD constexpr int b_column(int lane) { return lane / 4; }
    static DPMD_HD constexpr int b_depth(int lane, int r) { return Kind::packed * (lane % 4 + 4 * r); }
    static DPMD_HD constexpr int sum_row(int lane, int r) { return lane / 4 + 8 * (r / 2); }
    static DPMD_HD constexpr int sum_column(int lane, int r) { return 2 * (lane % 4) + r % 2; }
};

}  // namespace dpmd::gpu
