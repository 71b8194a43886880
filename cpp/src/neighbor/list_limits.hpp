#pragma once
// What no neighbour list is built for. Each function throws an InputError that says what to change.
#include <cstdint>

#include "backend/neighbors.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd {

/// Requires a length of zero or more, Å.
void require_skin(double skin);
/// Refuses more atoms than can be counted, and a cell that is too small by mistake: it would have millions of images.
void require_density(std::int32_t n, const Lattice& lattice, double reach);
/// Requires memory for the pairs that have been counted.
void require_memory(const BuildNeighborsArgs& args);

}  // namespace dpmd
