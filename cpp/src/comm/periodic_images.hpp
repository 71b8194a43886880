#pragma once
// The ghost atoms of a periodic box on one rank: every image of an owned atom within reach of the box. A box thinner
// than the reach gets as many shells of images as it needs, so an atom may be its own neighbour several times.
#include <cstdint>

#include "backend/backend.hpp"
#include "core/array.hpp"
#include "math/periodic_cell.hpp"

namespace dpmd {

struct PeriodicImages {
    explicit PeriodicImages(Memory& memory) : owner(memory), images(memory) {}

    Array<std::int32_t> owner;   ///< [n] owned atom
    Array<std::int32_t> images;  ///< [n][3] lattice vectors added to it

    std::size_t size() const { return owner.size(); }
    /// Makes images from positions [n_owned][3] wrapped into the box. Throws InputError when there would be more than
    /// the keys can count.
    void build(Backend& backend, const PeriodicCell& cell, const double* positions, std::int32_t n_owned, double reach);
};

/// Throws InputError when the box is so thin that a thousand images of an atom would lie in a row within reach.
void require_wide(const PeriodicCell& cell, double reach);

}  // namespace dpmd
