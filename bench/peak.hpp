#pragma once
// What one core of this machine can do at most, measured: what shares of the peak refer to.
#include <string>

#include "peak_kernels.hpp"

namespace dpmd::bench {

/// The loops of an instruction set; of one that only adds a unit for products of bfloat16: those of its other kernels.
const PeakKernels& peak_kernels(const std::string& isa);
/// Whether an instruction set has loops of its own.
bool has_own_peak(const std::string& isa);

/// Multiply-adds in registers, floating-point operations per second of one core: the best of some short runs, measured
/// once per process. For "double" in doubles, for all other precisions in floats.
double peak_flops(const std::string& isa, const std::string& precision);

}  // namespace dpmd::bench
