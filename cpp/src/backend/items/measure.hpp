#pragma once
// The contribution of one atom to the verbs that sum or search over all atoms.
#include <cmath>
#include <cstdint>

#include "backend/ensemble_step.hpp"
#include "backend/integrate.hpp"
#include "backend/items/item.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {

class AtomMotion {
public:
    explicit DPMD_HD AtomMotion(const MeasureArgs& args) : args_(args) {}

    /// The terms of an atom, first those of the kinetic tensor, then those of the momentum; false when it has flown
    /// away.
    DPMD_HD bool operator()(std::int64_t i, double terms[9]) const {
        const double* v = args_.velocities + 3 * i;
        const double m = args_.mass[args_.mass_classes[i]], v2 = dot(v, v);
        if (!(v2 < args_.speed_limit * args_.speed_limit) || !fixed_in_range(m * v2, fixed_term_limit)) return false;
        for (int k = 0; k < 3; ++k) terms[k] = m * v[k] * v[k];
        terms[3] = m * v[0] * v[1];
        terms[4] = m * v[0] * v[2];
        terms[5] = m * v[1] * v[2];
        for (int k = 0; k < 3; ++k) terms[6 + k] = m * v[k];
        return true;
    }

private:
    MeasureArgs args_;
};

class AtomDisplacement {
public:
    explicit DPMD_HD AtomDisplacement(const DisplacementArgs& args)
        : args_(args),
          deformation_(deformation_of(args.reference_cell, args.reference_inverse_cell, args.state->cell)) {}

    /// The squared displacement, Å^2; infinite when the position is not finite.
    DPMD_HD double operator()(std::int64_t i) const {
        const Vector3 moved = row_times(args_.reference + 3 * i, deformation_);
        double d2 = 0;
        for (int k = 0; k < 3; ++k) {
            const double d = args_.positions[3 * i + k] - moved[k];
            d2 += d * d;
        }
        return d2 <= largest_double ? d2 : HUGE_VAL;
    }

private:
    static constexpr double largest_double = 1.7976931348623157e308;
    DisplacementArgs args_;
    Matrix3 deformation_;
};

}  // namespace dpmd
