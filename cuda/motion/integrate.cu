// The integration verbs on the GPU: one thread per atom. The twin of cpp/src/cpu/motion/integrate.cpp.
#include <cmath>

#include "verbs.hpp"

namespace dpmd::gpu {
namespace {

GPU_DEVICE bool is_halted(const StepState* state) { return state->halt != Halt::none; }

GPU_KERNEL kick_kernel(KickArgs args) {
    const std::int64_t i = item();
    if (i >= args.n || is_halted(args.state)) return;
    const Matrix3 scale = args.with_matrices ? args.state->factors.kick_scale : identity3;
    const Matrix3 response = args.with_matrices ? args.state->factors.kick_response : identity3;
    double* v = args.velocities + 3 * i;
    const double factor = args.dt * args.inverse_mass[args.mass_classes[i]];
    const Vector3 old = row_times(v, scale), added = row_times(args.forces + 3 * i, response);
    for (int k = 0; k < 3; ++k) v[k] = old[k] + factor * added[k];
}

GPU_KERNEL drift_kernel(DriftArgs args) {
    const std::int64_t i = item();
    if (i >= args.n || is_halted(args.state)) return;
    const Matrix3 scale = args.with_matrices ? args.state->factors.drift_scale : identity3;
    const Matrix3 response = args.with_matrices ? args.state->factors.drift_response : identity3;
    double* x = args.positions + 3 * i;
    const Vector3 old = row_times(x, scale), added = row_times(args.velocities + 3 * i, response);
    for (int k = 0; k < 3; ++k) x[k] = old[k] + args.dt * added[k];
}

GPU_KERNEL scale_velocities_kernel(ScaleVelocitiesArgs args) {
    const std::int64_t k = item();
    if (k < 3 * std::int64_t(args.n) && !is_halted(args.state)) args.velocities[k] *= args.state->factors.scale;
}

GPU_KERNEL shift_velocities_kernel(ShiftVelocitiesArgs args) {
    const std::int64_t k = item();
    if (k < 3 * std::int64_t(args.n) && !is_halted(args.state))
        args.velocities[k] -= args.state->factors.shift[static_cast<int>(k % 3)];
}

GPU_KERNEL langevin_kernel(LangevinArgs args, double noise) {
    const std::int64_t i = item();
    if (i >= args.n || is_halted(args.state)) return;
    const RandomKey key{args.seed, args.stream, static_cast<std::uint64_t>(args.state->step)};
    double xi[4];
    random_normals(key, static_cast<std::uint64_t>(args.ids[i]), xi);
    const double width = noise * ::sqrt(args.inverse_mass[args.mass_classes[i]]);
    double* v = args.velocities + 3 * i;
    for (int k = 0; k < 3; ++k) v[k] = args.decay * v[k] + width * xi[k];
}

}  // namespace

void kick(Queue& queue, const KickArgs& args) { queue.for_each("kick", args.n, &kick_kernel, args); }
void drift(Queue& queue, const DriftArgs& args) { queue.for_each("drift", args.n, &drift_kernel, args); }
void scale_velocities(Queue& queue, const ScaleVelocitiesArgs& args) {
    queue.for_each("scale_velocities", 3 * std::int64_t(args.n), &scale_velocities_kernel, args);
}
void shift_velocities(Queue& queue, const ShiftVelocitiesArgs& args) {
    queue.for_each("shift_velocities", 3 * std::int64_t(args.n), &shift_velocities_kernel, args);
}
void langevin(Queue& queue, const LangevinArgs& args) {
    queue.for_each("langevin", args.n, &langevin_kernel, args, std::sqrt((1.0 - args.decay * args.decay) * args.kT));
}

}  // namespace dpmd::gpu
