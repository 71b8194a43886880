// The integration verbs on the CPU.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <mutex>

#include "backend/ensemble_step.hpp"
#include "core/threads.hpp"
#include "cpu/verbs.hpp"

namespace dpmd::cpu {
namespace {

constexpr std::int64_t atoms_per_block = 4096;

/// body(first, last) over blocks of atoms.
template <class F>
void for_each_block(int n_threads, std::int32_t n, F&& body) {
    const std::int64_t n_blocks = (n + atoms_per_block - 1) / atoms_per_block;
    parallel_for(n_threads, n_blocks, 1, [&](std::int64_t block, int) {
        body(std::size_t(block * atoms_per_block),
             std::size_t(std::min<std::int64_t>(n, (block + 1) * atoms_per_block)));
    });
}

bool is_halted(const StepState* state) { return state->halt != Halt::none; }

}  // namespace

void kick(const KickArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    const Matrix3 scale = args.with_matrices ? args.state->factors.kick_scale : identity3;
    const Matrix3 response = args.with_matrices ? args.state->factors.kick_response : identity3;
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            double* v = args.velocities + 3 * i;
            const double factor = args.dt * args.inverse_mass[args.mass_classes[i]];
            const Vector3 old = row_times(v, scale), added = row_times(args.forces + 3 * i, response);
            for (int k = 0; k < 3; ++k) v[k] = old[k] + factor * added[k];
        }
    });
}

void drift(const DriftArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    const Matrix3 scale = args.with_matrices ? args.state->factors.drift_scale : identity3;
    const Matrix3 response = args.with_matrices ? args.state->factors.drift_response : identity3;
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            double* x = args.positions + 3 * i;
            const Vector3 old = row_times(x, scale), added = row_times(args.velocities + 3 * i, response);
            for (int k = 0; k < 3; ++k) x[k] = old[k] + args.dt * added[k];
        }
    });
}

void scale_velocities(const ScaleVelocitiesArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        for (std::size_t k = 3 * first; k < 3 * last; ++k) args.velocities[k] *= args.state->factors.scale;
    });
}

void shift_velocities(const ShiftVelocitiesArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            for (int k = 0; k < 3; ++k) args.velocities[3 * i + std::size_t(k)] -= args.state->factors.shift[k];
    });
}

void langevin(const LangevinArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    const double noise = std::sqrt((1.0 - args.decay * args.decay) * args.kT);
    const RandomKey key{args.seed, args.stream, static_cast<std::uint64_t>(args.state->step)};
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            double xi[4];
            random_normals(key, static_cast<std::uint64_t>(args.ids[i]), xi);
            const double width = noise * std::sqrt(args.inverse_mass[args.mass_classes[i]]);
            double* v = args.velocities + 3 * i;
            for (int k = 0; k < 3; ++k) v[k] = args.decay * v[k] + width * xi[k];
        }
    });
}

void measure(const MeasureArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    std::mutex mutex;
    MotionSums sums;
    std::int32_t flown = args.n;
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        MotionSums here;
        std::int32_t flown_here = args.n;
        for (std::size_t i = first; i < last; ++i) {
            const double* v = args.velocities + 3 * i;
            const double m = args.mass[args.mass_classes[i]], v2 = dot(v, v);
            if (!(v2 < args.speed_limit * args.speed_limit) || !fixed_in_range(m * v2, fixed_term_limit)) {
                flown_here = std::min(flown_here, static_cast<std::int32_t>(i));
                continue;
            }
            const double terms[6] = {m * v[0] * v[0], m * v[1] * v[1], m * v[2] * v[2],
                                     m * v[0] * v[1], m * v[0] * v[2], m * v[1] * v[2]};
            for (int k = 0; k < 6; ++k) here.kinetic_tensor[k].add(terms[k]);
            for (int k = 0; k < 3; ++k) here.momentum[k].add(m * v[k]);
        }
        const std::lock_guard<std::mutex> lock(mutex);
        for (int k = 0; k < 6; ++k) sums.kinetic_tensor[k].add(here.kinetic_tensor[k]);
        for (int k = 0; k < 3; ++k) sums.momentum[k].add(here.momentum[k]);
        flown = std::min(flown, flown_here);
    });
    StepState& state = *args.state;
    if (flown < args.n) {
        state.halt = Halt::atom_flown;
        state.flown = flown;
        return;
    }
    state.motion_sums = sums;
    state.motion = sums.motion();
}

void displacement(const DisplacementArgs& args, int n_threads) {
    if (is_halted(args.state)) return;
    const Matrix3 deformation = deformation_of(args.reference_cell, args.reference_inverse_cell, args.state->cell);
    std::mutex mutex;
    double largest = 0;
    for_each_block(n_threads, args.n, [&](std::size_t first, std::size_t last) {
        double here = 0;
        for (std::size_t i = first; i < last; ++i) {
            const Vector3 moved = row_times(args.reference + 3 * i, deformation);
            double d2 = 0;
            for (int k = 0; k < 3; ++k) {
                const double d = args.positions[3 * i + std::size_t(k)] - moved[k];
                d2 += d * d;
            }
            if (!(d2 <= std::numeric_limits<double>::max())) d2 = std::numeric_limits<double>::infinity();
            here = std::max(here, d2);
        }
        const std::lock_guard<std::mutex> lock(mutex);
        largest = std::max(largest, here);
    });
    args.state->max_displacement_squared = largest;
}

}  // namespace dpmd::cpu
