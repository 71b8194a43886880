#pragma once
// Products of matrices in the registers of a tile of lanes. The lanes see each other's registers as MatrixLanes says,
// and sums in single precision are cut off as tensor cores do: a few exact products and the sum so far are aligned to
// the largest of them, and what lies two bits below a single's last bit is dropped.
#include <array>
#include <cmath>
#include <cstring>

#include "gpu_platform.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::emulator {

/// The sum of a few numbers as a matrix unit computes it.
template <std::size_t n>
float cut_off_sum(const std::array<double, n>& terms) {
    double largest = 0, plain = 0;
    for (const double term : terms) {
        largest = std::max(largest, std::abs(term));
        plain += term;
    }
    if (largest == 0 || !std::isfinite(plain)) return static_cast<float>(plain);
    int exponent;
    (void)std::frexp(largest, &exponent);
    constexpr int kept = 24 + 2;
    double sum = 0;
    for (const double term : terms) sum += std::trunc(std::ldexp(term, kept - exponent));
    sum = std::ldexp(sum, exponent - kept);
    const auto rounded = static_cast<float>(sum);
    return std::abs(static_cast<double>(rounded)) > std::abs(sum) ? std::nextafter(rounded, 0.0f) : rounded;
}

}  // namespace dpmd::emulator

namespace dpmd::gpu {

constexpr bool has_matrix_units = true;

/// The number of an operand as the unit reads it: it ignores the last 13 bits of a single.
template <class Kind>
double number_in_register(typename Kind::Register value, int place) {
    if constexpr (Kind::packed == 2)
        return static_cast<double>(Kind::number(static_cast<std::uint16_t>(value >> (16 * place))));
    else if constexpr (sizeof(value) == 4) {
        std::uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        if (!std::isnan(value)) bits &= ~std::uint32_t(0x1fff);
        std::memcpy(&value, &bits, sizeof bits);
        return static_cast<double>(value);
    } else return value;
}

/// sums += A B; all lanes of the tile call it together.
template <class Kind, class Register, std::size_t n_a, std::size_t n_b>
void multiply_registers(typename Kind::Sum (&sums)[4], const Register (&a)[n_a], const Register (&b)[n_b],
                        Where where = Where::current()) {
    using Lanes = MatrixLanes<Kind>;
    static_assert(n_a == Lanes::a_registers && n_b == Lanes::b_registers);
    struct Shown {
        const Register *a, *b;
    } const mine{a, b};
    const emulator::Exchange shown(emulator::Stop::shuffle_8, reinterpret_cast<std::uintptr_t>(&mine), where);
    // the operands of the product, put together from the lanes that hold them
    double left[2][Kind::depth], right[2][Kind::depth];
    for (int l = 0; l < tile_lanes; ++l) {
        const auto& of_lane = *reinterpret_cast<const Shown*>(static_cast<std::uintptr_t>(shown.of(l)));
        for (int place = 0; place < Kind::packed; ++place) {
            for (int r = 0; r < Lanes::a_registers; ++r)
                for (int half = 0; half < 2; ++half)
                    if (Lanes::a_row(l, r) == Lanes::sum_row(lane(), 2 * half))
                        left[half][Lanes::a_depth(l, r) + place] = number_in_register<Kind>(of_lane.a[r], place);
            for (int r = 0; r < Lanes::b_registers; ++r)
                for (int side = 0; side < 2; ++side)
                    if (Lanes::b_column(l) == Lanes::sum_column(lane(), side))
                        right[side][Lanes::b_depth(l, r) + place] = number_in_register<Kind>(of_lane.b[r], place);
        }
    }
    for (int r = 0; r < 4; ++r) {
        const double *x = left[r / 2], *y = right[r % 2];
        if constexpr (sizeof(sums[0]) == 8)
            for (int k = 0; k < Kind::depth; ++k) sums[r] += x[k] * y[k];
        else {
            constexpr int at_once = Kind::depth / 2;
            for (int k = 0; k < Kind::depth; k += at_once) {
                std::array<double, at_once + 1> terms{};
                for (int e = 0; e < at_once; ++e) terms[std::size_t(e)] = x[k + e] * y[k + e];
                terms[at_once] = static_cast<double>(sums[r]);
                sums[r] = emulator::cut_off_sum(terms);
            }
        }
    }
    sync_tile(where);  // the others may still read the registers
}

}  // namespace dpmd::gpu
