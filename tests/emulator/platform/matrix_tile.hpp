#pragma once
// Matrix products of a tile of lanes, with operands rounded as by matrix units.
#include "nets/plain_matrix_tile.hpp"
