#pragma once

namespace dpmd::gpu {

/// There is no code for the matrix units of AMD's devices: the plain units multiply.
constexpr bool has_matrix_units = false;

}  // namespace dpmd::gpu
