// The integration verbs on the GPU: one thread per atom. The twin of cpp/src/cpu/integrate.cpp.
#include <algorithm>

#include "measures.hpp"
#include "verbs.hpp"

namespace dpmd::gpu {
namespace {

GPU_KERNEL kick_kernel(KickArgs args) {
    const std::int64_t i = item();
    if (i >= args.n) return;
    double* v = args.velocities + 3 * i;
    const double factor = args.dt * args.inverse_mass[args.types[i]];
    const Vector3 old = row_times(v, args.scale), added = row_times(args.forces + 3 * i, args.response);
    for (int k = 0; k < 3; ++k) v[k] = old[k] + factor * added[k];
}

GPU_KERNEL drift_kernel(DriftArgs args) {
    const std::int64_t i = item();
    if (i >= args.n) return;
    double* x = args.positions + 3 * i;
    const Vector3 old = row_times(x, args.scale), added = row_times(args.velocities + 3 * i, args.response);
    for (int k = 0; k < 3; ++k) x[k] = old[k] + args.dt * added[k];
}

GPU_KERNEL scale_velocities_kernel(ScaleVelocitiesArgs args) {
    const std::int64_t k = item();
    if (k < 3 * std::int64_t(args.n)) args.velocities[k] *= args.factor;
}

GPU_KERNEL shift_velocities_kernel(ShiftVelocitiesArgs args) {
    const std::int64_t k = item();
    if (k < 3 * std::int64_t(args.n)) args.velocities[k] -= args.shift[static_cast<int>(k % 3)];
}

GPU_KERNEL langevin_kernel(LangevinArgs args, double noise) {
    const std::int64_t i = item();
    if (i >= args.n) return;
    double xi[4];
    random_normals(args.key, static_cast<std::uint64_t>(args.ids[i]), xi);
    const double width = noise * ::sqrt(args.inverse_mass[args.types[i]]);
    double* v = args.velocities + 3 * i;
    for (int k = 0; k < 3; ++k) v[k] = args.decay * v[k] + width * xi[k];
}

GPU_KERNEL clear_measured_kernel(Measured* measured) {
    if (item() != 0) return;
    *measured = {};
    measured->too_fast = ~std::uint64_t(0);
}

GPU_KERNEL kinetic_kernel(KineticArgs args, Measured* measured) {
    SharedMemory shared;
    HalvedSum* block = shared.take<HalvedSum>(9);
    if (thread_index() < 9) block[thread_index()] = {0, 0};
    sync_block();
    HalvedSum sums[9] = {};
    const std::int64_t step = std::int64_t(grid_blocks()) * block_threads();
    for (std::int64_t i = item(); i < args.n; i += step) {
        const double* v = args.velocities + 3 * i;
        const double m = args.mass[args.types[i]], v2 = dot(v, v);
        if (!(v2 < args.speed_limit * args.speed_limit) || !fixed_in_range(m * v2, fixed_term_limit)) {
            atomic_min(&measured->too_fast, static_cast<std::uint64_t>(i));
            continue;
        }
        const double terms[9] = {m * v[0] * v[0], m * v[1] * v[1], m * v[2] * v[2], m * v[0] * v[1], m * v[0] * v[2],
                                 m * v[1] * v[2], m * v[0],        m * v[1],        m * v[2]};
        for (int k = 0; k < 9; ++k) {
            const std::int64_t term = to_fixed(terms[k]);
            sums[k].high += term >> 32;
            sums[k].low += term & 0xffffffff;
        }
    }
    for (int k = 0; k < 9; ++k) {
        const HalvedSum sum{sum_over_tile(sums[k].high), sum_over_tile(sums[k].low)};
        if (lane() == 0) add_sum(&block[k], sum);
    }
    sync_block();
    if (thread_index() < 6) add_sum(&measured->kinetic[thread_index()], block[thread_index()]);
    else if (thread_index() < 9) add_sum(&measured->momentum[thread_index() - 6], block[thread_index()]);
}

GPU_KERNEL displacement_kernel(DisplacementArgs args, Measured* measured) {
    SharedMemory shared;
    std::uint64_t* block = shared.take<std::uint64_t>(1);
    if (thread_index() == 0) *block = 0;
    sync_block();
    double largest = 0;
    const std::int64_t step = std::int64_t(grid_blocks()) * block_threads();
    for (std::int64_t i = item(); i < args.n; i += step) {
        const Vector3 moved = row_times(args.reference + 3 * i, args.deformation);
        double d2 = 0;
        for (int k = 0; k < 3; ++k) {
            const double d = args.positions[3 * i + k] - moved[k];
            d2 += d * d;
        }
        if (!(d2 <= 1.7976931348623157e308)) d2 = HUGE_VAL;
        largest = d2 > largest ? d2 : largest;
    }
    std::uint64_t bits;
    __builtin_memcpy(&bits, &largest, sizeof bits);
    atomic_max(block, bits);
    sync_block();
    if (thread_index() == 0) atomic_max(&measured->max_squared, *block);
}

/// A grid that fills the device once.
Grid grid_of(const Queue& queue, std::int64_t n) {
    const std::int64_t blocks = (n + block_of_items - 1) / block_of_items;
    return {static_cast<unsigned>(std::min<std::int64_t>(blocks, 8 * queue.properties().multiprocessors))};
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
    queue.for_each("langevin", args.n, &langevin_kernel, args,
                   std::sqrt((1.0 - args.decay * args.decay) * args.kT));
}

Measured Measures::read() {
    Measured out;
    queue_.to_host(&out, measured_.data(), sizeof out);
    return out;
}

void Measures::kinetic(const KineticArgs& args) {
    queue_.for_each("clear_measured", 1, &clear_measured_kernel, measured_.data());
    queue_.launch("kinetic", &kinetic_kernel, grid_of(queue_, args.n), block_of_items, shared_piece<HalvedSum>(9), args,
                  measured_.data());
    const Measured found = read();
    for (int k = 0; k < 6; ++k) args.kinetic_tensor[k] = fixed_sum(found.kinetic[k]);
    for (int k = 0; k < 3 && args.momentum != nullptr; ++k) args.momentum[k] = fixed_sum(found.momentum[k]);
    *args.too_fast = found.too_fast < static_cast<std::uint64_t>(args.n) ? static_cast<std::int32_t>(found.too_fast) : -1;
}

void Measures::displacement(DisplacementArgs& args) {
    queue_.for_each("clear_measured", 1, &clear_measured_kernel, measured_.data());
    queue_.launch("displacement", &displacement_kernel, grid_of(queue_, args.n), block_of_items,
                  shared_piece<std::uint64_t>(1), args, measured_.data());
    const Measured found = read();
    __builtin_memcpy(&args.max_squared, &found.max_squared, sizeof args.max_squared);
}

}  // namespace dpmd::gpu
