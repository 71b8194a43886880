#pragma once
// The kernels of each instruction set that this library was built with.
#include "cpu/local/tile_args.hpp"

#if defined(__x86_64__)
namespace dpmd::cpu::sse2 {
const TileKernels& tile_kernels();
}
namespace dpmd::cpu::avx2 {
const TileKernels& tile_kernels();
}
namespace dpmd::cpu::avx512 {
const TileKernels& tile_kernels();
}
#elif defined(__aarch64__)
namespace dpmd::cpu::neon {
const TileKernels& tile_kernels();
}
#else
namespace dpmd::cpu::generic {
const TileKernels& tile_kernels();
}
#endif
