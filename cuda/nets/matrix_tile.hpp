#pragma once
#include <type_traits>

#include "matrix_units.hpp"
#include "nets/lane_matrix_tile.hpp"
#include "nets/plain_matrix_tile.hpp"

namespace dpmd::gpu {

/// C of m x n adjacent products of a kind, computed by the 32 lanes of a tile together.
template <class Kind, int m, int n>
using MatrixTile = std::conditional_t<has_matrix_units, LaneMatrixTile<Kind, m, n>, PlainMatrixTile<Kind, m, n>>;

}  // namespace dpmd::gpu
