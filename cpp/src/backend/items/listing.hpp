#pragma once
// The verbs for building a neighbour list, applied to one atom or image.
#include <cstdint>

#include "backend/items/item.hpp"
#include "backend/neighbors.hpp"

namespace dpmd {

class CheckAtom {
public:
    explicit DPMD_HD CheckAtom(const CheckAtomsArgs& args) : args_(args) {}

    /// Whether a list can be built with this atom.
    DPMD_HD bool operator()(std::int64_t i) const {
        const double* x = args_.positions + 3 * i;
        // a number minus itself is zero unless it is infinite or NaN
        const bool is_finite = x[0] - x[0] == 0 && x[1] - x[1] == 0 && x[2] - x[2] == 0;
        return is_finite && args_.types[i] >= -1 && args_.types[i] < args_.n_types;
    }

private:
    CheckAtomsArgs args_;
};

class WrapAtom {
public:
    explicit DPMD_HD WrapAtom(const WrapArgs& args) : args_(args) {}

    /// Whether it could be wrapped.
    DPMD_HD bool operator()(std::int64_t k) const {
        const double* x = args_.positions + 3 * (args_.order != nullptr ? std::int64_t(args_.order[k]) : k);
        double cells[3];
        if (!wrap_cells(x, args_.cell, cells)) return false;
        const Vector3 moved = row_times(cells, args_.cell.cell);
        for (int c = 0; c < 3; ++c) {
            args_.wrapped[3 * k + c] = x[c] - moved[c];
            args_.wrap[3 * k + c] = static_cast<std::int32_t>(cells[c]);
        }
        return true;
    }

private:
    WrapArgs args_;
};

/// The images of one owned atom, as a range and one by one.
class AtomImages {
public:
    explicit DPMD_HD AtomImages(const MakeImagesArgs& args) : args_(args) {}

    DPMD_HD ImageRange range(std::int64_t i) const {
        return image_range(args_.cell, args_.positions + 3 * i, args_.reach);
    }
    /// Makes image `place` of atom i ghost g.
    DPMD_HD void put(std::int64_t i, const ImageRange& images, std::int64_t place, std::int64_t g) const {
        args_.owner[g] = static_cast<std::int32_t>(i);
        images.at(place, args_.images + 3 * g);
    }

private:
    MakeImagesArgs args_;
};

/// Place k of the list: an owned atom or a ghost.
class GatherAtom {
public:
    explicit DPMD_HD GatherAtom(const GatherAtomsArgs& args) : args_(args) {}

    DPMD_HD void operator()(std::int64_t k) const {
        const std::int64_t g = k - args_.n_owned;
        const std::int32_t i = args_.order[g < 0 ? k : args_.owner[g]];
        args_.list_types[k] = args_.types[i];
        args_.list_ids[k] = args_.ids != nullptr ? args_.ids[i] : i;
        for (int c = 0; c < 3; ++c) args_.list_images[3 * k + c] = g < 0 ? 0 : args_.ghost_images[3 * g + c];
    }

private:
    GatherAtomsArgs args_;
};

class SeparateAtom {
public:
    explicit DPMD_HD SeparateAtom(const SeparateAtomsArgs& args) : args_(args) {}

    DPMD_HD void operator()(std::int64_t k) const {
        bool is_outer = false;
        for (std::int64_t p = args_.first[k]; p < args_.first[k + 1] && !is_outer; ++p)
            is_outer = args_.index[p] >= args_.first_remote;
        args_.inner[k] = is_outer ? -1 : args_.types[k];
        args_.outer[k] = is_outer ? args_.types[k] : -1;
    }

private:
    SeparateAtomsArgs args_;
};

}  // namespace dpmd
