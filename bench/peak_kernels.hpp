#pragma once
// Loops that do nothing but arithmetic in registers, or nothing but reading and writing, to find the peak of a core.
// Compiled once per instruction set, with the flags of the tile kernels.
#include <cstddef>
#include <cstdint>

namespace dpmd::bench {

struct PeakKernels {
    const char* isa;
    std::int64_t double_flop_per_step, single_flop_per_step;
    /// Runs steps of x = x/2 + 1/2 in independent registers of doubles or of floats. Returns the largest |x - 1|: 0
    /// after about 60 steps.
    double (*multiply_add_double)(std::int64_t n_steps);
    double (*multiply_add_single)(std::int64_t n_steps);
    /// The sum of n numbers, n a multiple of 64.
    double (*read)(const double* x, std::size_t n);
    /// x = y + 0.5 z over n numbers, n a multiple of 64.
    void (*triad)(double* x, const double* y, const double* z, std::size_t n);
};

}  // namespace dpmd::bench
