#pragma once
// The atoms of this rank as a caller has them.
#include <cstdint>

#include "backend/backend.hpp"

namespace dpmd {

/// Arrays in backend memory, in the caller's order.
struct AtomsView {
    std::int32_t n = 0;
    const double* positions = nullptr;    ///< [n][3] Å, need not lie in the box
    const std::int32_t* types = nullptr;  ///< [n], -1: virtual
    const std::int64_t* ids = nullptr;    ///< [n] global ids, null: the index
};

/// Throws InputError, naming the atom, for a position that is not finite or a type that is none of n_types.
void check_atoms(Backend& backend, const AtomsView& atoms, int n_types);

}  // namespace dpmd
