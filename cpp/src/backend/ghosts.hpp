#pragma once
// The ghost verbs: positions go out to ghosts, forces come back to their owners. Each is the adjoint of the other.
#include <cstdint>

#include "math/matrix3.hpp"

namespace dpmd {

struct ForwardGhostsArgs {
    std::int32_t n_owned = 0, n_ghosts = 0;
    const std::int32_t* owner = nullptr;   ///< [n_ghosts] owned atom
    const std::int32_t* images = nullptr;  ///< [n_ghosts][3] lattice vectors added to the owner's position
    Matrix3 cell{};
    double* positions = nullptr;  ///< [n_owned + n_ghosts][3] in: owned; out: ghosts
};

struct ReverseGhostsArgs {
    std::int32_t n_owned = 0, n_ghosts = 0;
    const std::int32_t* owner = nullptr;
    int width = 3;                   ///< values per atom
    std::int64_t* values = nullptr;  ///< [n_owned + n_ghosts][width] fixed point; ghosts are added to their owners
};

}  // namespace dpmd
