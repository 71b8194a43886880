#pragma once
// The verbs that build a neighbour list: wrap atoms into the box, sort them into cells, make their periodic images, and
// find the neighbours. Arrays are in backend memory unless noted otherwise.
#include <cstdint>

#include "math/periodic_cell.hpp"

namespace dpmd {

/// Finds atoms for which no list can be built.
struct CheckAtomsArgs {
    std::int32_t n = 0;
    const double* positions = nullptr;    ///< [n][3]
    const std::int32_t* types = nullptr;  ///< [n]
    std::int32_t n_types = 0;
    std::int32_t bad = -1;  ///< out: first atom with a position that is not finite or a type outside [-1, n_types)
};

/// wrap[k] = the lattice vectors from the box to atom order[k]; wrapped[k] = its position minus these.
struct WrapArgs {
    std::int32_t n = 0;
    const double* positions = nullptr;    ///< [n][3] Å
    const std::int32_t* order = nullptr;  ///< [n], null: in the given order
    PeriodicCell cell;
    std::int32_t* wrap = nullptr;  ///< [n][3] out
    double* wrapped = nullptr;     ///< [n][3] out, Å
    std::int32_t too_far = -1;     ///< out: first place whose atom is too many cells away
};

/// Sorts atoms into the cells of a Cartesian grid, so that neighbours in space are neighbours in memory.
struct SortByCellArgs {
    std::int32_t n = 0;
    const double* positions = nullptr;  ///< [n][3] Å
    double cell_size = 0;               ///< Å
    std::int32_t* order = nullptr;      ///< [n] out: order[k] = the atom at place k
};

/// Finds every periodic image of an owned atom within reach of the box.
struct MakeImagesArgs {
    std::int32_t n_owned = 0;
    const double* positions = nullptr;  ///< [n_owned][3] Å, wrapped
    PeriodicCell cell;
    double reach = 0;                ///< Å
    std::int32_t* owner = nullptr;   ///< [capacity] out: owned atom, ascending
    std::int32_t* images = nullptr;  ///< [capacity][3] out: lattice vectors added to it
    std::int64_t capacity = 0;
    std::int64_t n_images = 0;  ///< out: number found; if above capacity, nothing was written
};

/// Puts types, ids and images in list order: owned atoms, then ghosts.
struct GatherAtomsArgs {
    std::int32_t n_owned = 0, n_ghosts = 0;
    const std::int32_t* order = nullptr;         ///< [n_owned]
    const std::int32_t* owner = nullptr;         ///< [n_ghosts]
    const std::int32_t* ghost_images = nullptr;  ///< [n_ghosts][3]
    const std::int32_t* types = nullptr;         ///< [n_owned] in the caller's order
    const std::int64_t* ids = nullptr;           ///< [n_owned] in the caller's order, null: the index
    std::int32_t* list_types = nullptr;          ///< [n_owned + n_ghosts] out
    std::int64_t* list_ids = nullptr;            ///< [n_owned + n_ghosts] out
    std::int32_t* list_images = nullptr;         ///< [n_owned + n_ghosts][3] out
};

/// Groups owned atoms by type, ascending inside a type; atoms of negative type are left out.
struct GroupByTypeArgs {
    std::int32_t n = 0, n_types = 0;
    const std::int32_t* types = nullptr;  ///< [n]
    std::int32_t* by_type = nullptr;      ///< [n] out
    std::int32_t* type_first = nullptr;   ///< [n_types + 1] out, in host memory
};

/// Builds the list of all neighbours nearer than `cutoff` with a cell list, in time linear in the number of atoms.
struct BuildNeighborsArgs {
    std::int32_t n_owned = 0, n_total = 0;
    const double* positions = nullptr;     ///< [n_total][3] Å; no periodicity: images are ghosts
    const std::int32_t* types = nullptr;   ///< [n_total]; atoms of negative type are no neighbours
    const std::int64_t* ids = nullptr;     ///< [n_total] global id of the atom or of the ghost's owner
    const std::int32_t* images = nullptr;  ///< [n_total][3] lattice image, breaks ties between images of one id
    double cutoff = 0;                     ///< list cutoff (model cutoff + skin), Å

    std::int64_t* first = nullptr;  ///< [n_owned + 1] out
    std::int32_t* index = nullptr;  ///< [capacity] out
    std::int64_t capacity = 0;      ///< size of `index`
    std::int64_t n_pairs = 0;       ///< out: size needed; if above capacity, nothing was written to `index`
    std::int32_t most = 0;          ///< out: most neighbours of one atom
};

/// Separates the owned atoms that can be evaluated before the ghosts of other ranks arrive: `inner` gets their types,
/// `outer` those of the rest, and each has -1 for the atoms of the other.
struct SeparateAtomsArgs {
    std::int32_t n_owned = 0;
    std::int32_t first_remote = 0;        ///< atoms from here on are ghosts of other ranks
    const std::int64_t* first = nullptr;  ///< [n_owned + 1] offsets into `index`
    const std::int32_t* index = nullptr;
    const std::int32_t* types = nullptr;  ///< [n_owned]
    std::int32_t* inner = nullptr;        ///< [n_owned] out
    std::int32_t* outer = nullptr;        ///< [n_owned] out
};

/// positions[k] = from[order[k]] - wrap[k] * cell: the caller's atoms in list order and in the box.
struct PlaceAtomsArgs {
    std::int32_t n = 0;
    const double* from = nullptr;         ///< [n][3] Å, caller's order
    const std::int32_t* order = nullptr;  ///< [n]
    const std::int32_t* wrap = nullptr;   ///< [n][3]
    const Matrix3* cell = nullptr;        ///< in backend memory
    double* positions = nullptr;          ///< [n][3] Å, list order
};

}  // namespace dpmd
