#pragma once
// The kernels of each instruction set this library was built with.
#include "cpu/se_a_model.hpp"

#if defined(__x86_64__)
namespace dpmd::cpu::sse2 {
const SeAKernels<double>& se_a_kernels_double();
}
namespace dpmd::cpu::avx2 {
const SeAKernels<double>& se_a_kernels_double();
}
namespace dpmd::cpu::avx512 {
const SeAKernels<double>& se_a_kernels_double();
}
#elif defined(__aarch64__)
namespace dpmd::cpu::neon {
const SeAKernels<double>& se_a_kernels_double();
}
#else
namespace dpmd::cpu::generic {
const SeAKernels<double>& se_a_kernels_double();
}
#endif
