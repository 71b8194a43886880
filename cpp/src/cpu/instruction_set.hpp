#pragma once
// The instruction sets that this library was built for and this CPU has.
#include <string>
#include <vector>

#include "cpu/local/tile_args.hpp"

namespace dpmd::cpu {

/// Names that can run here, slowest first.
std::vector<std::string> usable_instruction_sets();

/// The kernels of a named set; empty: the environment variable DPMD_ISA, else the best. Throws InputError, which names
/// the choices.
const TileKernels& select_kernels(const std::string& name);

}  // namespace dpmd::cpu
