#pragma once
// The measured peak of one core of this machine, to which shares of the peak refer.
#include <string>

#include "peak_kernels.hpp"

namespace dpmd::bench {

/// The loops of an instruction set; one that only adds a unit for products of bfloat16 has those of its other kernels.
const PeakKernels& peak_kernels(const std::string& isa);
/// Whether an instruction set has loops of its own.
bool has_own_peak(const std::string& isa);

/// Floating-point operations per second of one core for multiply-adds in registers: the best of several short runs,
/// measured once per process. For "double" in doubles, for all other precisions in floats.
double peak_flops(const std::string& isa, const std::string& precision);

}  // namespace dpmd::bench
