#pragma once
// Matrix products of a tile of lanes, on the plain units of AMD's devices.
#include "nets/plain_matrix_tile.hpp"
