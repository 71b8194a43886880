#pragma once
// The order of neighbours whose keys (math/packed_key.hpp) are equal: it must not depend on where an atom happens to be
// stored.
#include <cstdint>

#include "math/hd.hpp"

namespace dpmd {

/// Orders by global id, then by image, then by index.
struct NeighborOrder {
    const std::int64_t* ids = nullptr;     ///< null: the index
    const std::int32_t* images = nullptr;  ///< [3] each, null: all the same

    DPMD_HD bool is_before(std::int64_t i, std::int64_t j) const {
        if (ids != nullptr && ids[i] != ids[j]) return ids[i] < ids[j];
        for (int k = 0; images != nullptr && k < 3; ++k)
            if (images[3 * i + k] != images[3 * j + k]) return images[3 * i + k] < images[3 * j + k];
        return i < j;
    }
};

}  // namespace dpmd
