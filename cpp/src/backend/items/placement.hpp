#pragma once
// The verbs between the caller's order and the list's, and between owners and their ghosts, applied to one atom, ghost
// or value.
#include <cstdint>

#include "backend/ghosts.hpp"
#include "backend/items/item.hpp"
#include "backend/neighbors.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {

/// The sum of n[k] times lattice vector k, Å.
DPMD_HD Vector3 lattice_shift(const std::int32_t n[3], const Matrix3& cell) {
    const double cells[3] = {double(n[0]), double(n[1]), double(n[2])};
    return row_times(cells, cell);
}

class PlaceAtom {
public:
    explicit DPMD_HD PlaceAtom(const PlaceAtomsArgs& args) : args_(args), cell_(*args.cell) {}

    DPMD_HD void operator()(std::int64_t k) const {
        const Vector3 moved = lattice_shift(args_.wrap + 3 * k, cell_);
        const double* from = args_.from + 3 * std::int64_t(args_.order[k]);
        for (int c = 0; c < 3; ++c) args_.positions[3 * k + c] = from[c] - moved[c];
    }

private:
    PlaceAtomsArgs args_;
    Matrix3 cell_;
};

class ForwardGhost {
public:
    explicit DPMD_HD ForwardGhost(const ForwardGhostsArgs& args) : args_(args), cell_(*args.cell) {}

    DPMD_HD void operator()(std::int64_t g) const {
        const Vector3 shift = lattice_shift(args_.images + 3 * g, cell_);
        const double* from = args_.positions + 3 * std::int64_t(args_.owner[g]);
        for (int c = 0; c < 3; ++c) args_.ghosts[3 * g + c] = from[c] + shift[c];
    }

private:
    ForwardGhostsArgs args_;
    Matrix3 cell_;
};

/// Value c of place k.
class ReturnValue {
public:
    explicit DPMD_HD ReturnValue(const ReturnAtomsArgs& args) : args_(args) {}

    DPMD_HD void operator()(std::int64_t k, int c) const {
        const std::int64_t from = k * args_.width + c;
        args_.to[std::int64_t(args_.order[k]) * args_.width + c] =
            args_.fixed != nullptr ? from_fixed(args_.fixed[from]) : args_.from[from];
    }

private:
    ReturnAtomsArgs args_;
};

/// Value c of place k.
class TakeValue {
public:
    explicit DPMD_HD TakeValue(const TakeAtomsArgs& args) : args_(args) {}

    DPMD_HD void operator()(std::int64_t k, int c) const {
        args_.to[k * args_.width + c] = args_.from[std::int64_t(args_.order[k]) * args_.width + c];
    }

private:
    TakeAtomsArgs args_;
};

}  // namespace dpmd
