#pragma once
// The neighbour verbs: sort atoms along cells, build the packed neighbour list.
#include <cstdint>

namespace dpmd {

/// Orders atoms along the cells of a Cartesian grid, so that neighbours in space are neighbours in memory.
struct SortByCellArgs {
    std::int32_t n = 0;
    const double* positions = nullptr;  ///< [n][3] Å
    double cell_size = 0;               ///< Å
    std::int32_t* order = nullptr;      ///< [n] out: order[k] = the atom that stands at place k
};

/// Builds the list of all neighbours nearer than `cutoff`, through a cell list: linear in atoms.
struct BuildNeighborsArgs {
    std::int32_t n_owned = 0, n_total = 0;
    const double* positions = nullptr;     ///< [n_total][3] Å; no periodicity: images are ghosts
    const std::int32_t* types = nullptr;   ///< [n_total]; negative types are nobody's neighbour
    const std::int64_t* ids = nullptr;     ///< [n_total] global id of the atom or of the ghost's owner
    const std::int32_t* images = nullptr;  ///< [n_total][3] lattice image, orders equal distances to the same id
    double cutoff = 0;                     ///< list cutoff (model cutoff + skin), Å

    std::int64_t* first = nullptr;  ///< [n_owned + 1] out
    std::int32_t* index = nullptr;  ///< [capacity] out
    std::int64_t capacity = 0;      ///< what `index` can hold
    std::int64_t n_pairs = 0;       ///< out: what it needs; when above capacity, nothing was written to `index`
};

}  // namespace dpmd
