#pragma once
// Neighbours of a tile's atoms before rows are laid out, with one array per quantity.
#include <cstdint>

#include "core/workspace.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

struct Candidates {
    std::int32_t* index;
    double* difference[3];  ///< Å
    double* distance;       ///< Å, at first its square
};

inline Candidates take_candidates(std::size_t n, Workspace& workspace) {
    Candidates c;
    c.index = workspace.take<std::int32_t>(n);
    for (double*& component : c.difference) component = workspace.take<double>(n);
    c.distance = workspace.take<double>(n);
    return c;
}

DPMD_HD void copy_candidate(const Candidates& c, int from, int to) {
    c.index[to] = c.index[from];
    for (int b = 0; b < 3; ++b) c.difference[b][to] = c.difference[b][from];
    c.distance[to] = c.distance[from];
}

}  // namespace dpmd::cpu::DPMD_ISA
