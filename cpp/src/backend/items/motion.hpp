#pragma once
// The integration verbs, applied to one atom.
#include <cmath>
#include <cstdint>

#include "backend/integrate.hpp"
#include "backend/items/item.hpp"

namespace dpmd {

// The identity is copied, since device code may not refer to a constant of the host.

class KickAtom {
public:
    explicit DPMD_HD KickAtom(const KickArgs& args)
        : args_(args),
          scale_(args.with_matrices ? args.state->factors.kick_scale : Matrix3(identity3)),
          response_(args.with_matrices ? args.state->factors.kick_response : Matrix3(identity3)) {}

    DPMD_HD void operator()(std::int64_t i) const {
        double* v = args_.velocities + 3 * i;
        const double factor = args_.dt * args_.inverse_mass[args_.mass_classes[i]];
        const Vector3 old = row_times(v, scale_), added = row_times(args_.forces + 3 * i, response_);
        for (int k = 0; k < 3; ++k) v[k] = old[k] + factor * added[k];
    }

private:
    KickArgs args_;
    Matrix3 scale_, response_;
};

class DriftAtom {
public:
    explicit DPMD_HD DriftAtom(const DriftArgs& args)
        : args_(args),
          scale_(args.with_matrices ? args.state->factors.drift_scale : Matrix3(identity3)),
          response_(args.with_matrices ? args.state->factors.drift_response : Matrix3(identity3)) {}

    DPMD_HD void operator()(std::int64_t i) const {
        double* x = args_.positions + 3 * i;
        const Vector3 old = row_times(x, scale_), added = row_times(args_.velocities + 3 * i, response_);
        for (int k = 0; k < 3; ++k) x[k] = old[k] + args_.dt * added[k];
    }

private:
    DriftArgs args_;
    Matrix3 scale_, response_;
};

class ScaleVelocity {
public:
    explicit DPMD_HD ScaleVelocity(const ScaleVelocitiesArgs& args)
        : velocities_(args.velocities), scale_(args.state->factors.scale) {}

    DPMD_HD void operator()(std::int64_t i) const {
        for (int k = 0; k < 3; ++k) velocities_[3 * i + k] *= scale_;
    }

private:
    double* velocities_;
    double scale_;
};

class ShiftVelocity {
public:
    explicit DPMD_HD ShiftVelocity(const ShiftVelocitiesArgs& args)
        : velocities_(args.velocities), shift_(args.state->factors.shift) {}

    DPMD_HD void operator()(std::int64_t i) const {
        for (int k = 0; k < 3; ++k) velocities_[3 * i + k] -= shift_[k];
    }

private:
    double* velocities_;
    Vector3 shift_;
};

class AddNoise {
public:
    explicit DPMD_HD AddNoise(const LangevinArgs& args)
        : args_(args),
          noise_(::sqrt((1.0 - args.decay * args.decay) * args.kT)),
          key_{args.seed, args.stream, static_cast<std::uint64_t>(args.state->step)} {}

    DPMD_HD void operator()(std::int64_t i) const {
        double xi[4];
        random_normals(key_, static_cast<std::uint64_t>(args_.ids[i]), xi);
        const double width = noise_ * ::sqrt(args_.inverse_mass[args_.mass_classes[i]]);
        double* v = args_.velocities + 3 * i;
        for (int k = 0; k < 3; ++k) v[k] = args_.decay * v[k] + width * xi[k];
    }

private:
    LangevinArgs args_;
    double noise_;
    RandomKey key_;
};

}  // namespace dpmd
