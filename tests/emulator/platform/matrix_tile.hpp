#pragma once
// Matrix products of a tile of lanes, with operands rounded as matrix units round them.
#include "nets/plain_matrix_tile.hpp"
