#pragma once
// The ghost verbs: positions go out to ghosts and forces come back to their owners, each the adjoint of the other. Also
// the verbs between the order of the list and the caller's.
#include <cstdint>

#include "math/matrix3.hpp"

namespace dpmd {

/// ghosts[g] = positions[owner[g]] + images[g] * cell, in place or in a buffer on its way to another rank.
struct ForwardGhostsArgs {
    std::int32_t n_ghosts = 0;
    const std::int32_t* owner = nullptr;   ///< [n_ghosts] owned atom
    const std::int32_t* images = nullptr;  ///< [n_ghosts][3] lattice vectors added to the owner's position
    const Matrix3* cell = nullptr;         ///< in backend memory
    const double* positions = nullptr;     ///< [n_owned][3] Å
    double* ghosts = nullptr;              ///< [n_ghosts][3] Å, out
};

/// values[owner[g]] += ghosts[g].
struct ReverseGhostsArgs {
    std::int32_t n_ghosts = 0, n_owned = 0;
    const std::int32_t* owner = nullptr;   ///< [n_ghosts] owned atom
    int width = 3;                         ///< values per atom
    const std::int64_t* ghosts = nullptr;  ///< [n_ghosts][width] fixed point
    std::int64_t* values = nullptr;        ///< [n_owned][width] fixed point, in and out
};

/// to[order[k]][c] = from[k][c]: from list order to the caller's order.
struct ReturnAtomsArgs {
    std::int32_t n = 0;
    int width = 1;                        ///< values per atom
    const std::int32_t* order = nullptr;  ///< [n]
    const double* from = nullptr;         ///< [n][width], or null
    const std::int64_t* fixed = nullptr;  ///< [n][width] fixed point, instead of `from`
    double* to = nullptr;                 ///< [n][width]
};

/// to[k][c] = from[order[k]][c]: from the caller's order to list order.
struct TakeAtomsArgs {
    std::int32_t n = 0;
    int width = 1;
    const std::int32_t* order = nullptr;
    const double* from = nullptr;
    double* to = nullptr;
};

}  // namespace dpmd
