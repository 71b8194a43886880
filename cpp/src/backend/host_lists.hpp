#pragma once
// The verbs that turn the lists of a host code into a neighbour list. Arrays are in backend memory.
#include <cstdint>

namespace dpmd {

/// Brings lists into the form that BuildNeighborsArgs describes: those of all owned atoms one after the other and
/// symmetric, without atoms of negative type. order_neighbors() puts them in order.
struct GatherHostListsArgs {
    std::int32_t n_owned = 0, n_total = 0;  ///< owned atoms come first, ghosts follow
    const std::int32_t* types = nullptr;    ///< [n_total]
    std::int32_t n_lists = 0;
    const std::int32_t* atoms = nullptr;       ///< [n_lists] the owned atom of each list
    const std::int64_t* list_first = nullptr;  ///< [n_lists + 1] offsets into `entries`
    const std::int32_t* entries = nullptr;     ///< atoms and ghosts
    bool half = false;  ///< a pair of owned atoms is in one of their lists only; ghosts are in all lists they belong to

    std::int64_t* first = nullptr;  ///< [n_owned + 1] out
    std::int32_t* index = nullptr;  ///< [capacity] out
    std::int64_t capacity = 0;      ///< size of `index`
    std::int64_t n_pairs = 0;       ///< out: size needed; if above capacity, nothing was written to `index`
    std::int32_t most = 0;          ///< out: most neighbours of one atom
    std::int64_t bad = -1;          ///< out: first entry that names no other atom; then the rest is undefined
};

/// Sorts the neighbours of each atom by type, then distance, then id, then index, so that sums over them do not depend
/// on where atoms are stored.
struct OrderNeighborsArgs {
    std::int32_t n_owned = 0;
    const double* positions = nullptr;    ///< [n_total][3] Å
    const std::int32_t* types = nullptr;  ///< [n_total], not negative for neighbours
    const std::int64_t* ids = nullptr;    ///< [n_total], null: the index
    const std::int64_t* first = nullptr;  ///< [n_owned + 1] offsets into `index`
    std::int32_t most = 0;                ///< most neighbours of one atom
    std::int32_t* index = nullptr;        ///< in and out
};

}  // namespace dpmd
