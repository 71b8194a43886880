// Sums over all atoms, and the steps of an ensemble, which one thread carries out.
#include <algorithm>

#include "backend/items/measure.hpp"
#include "motion/measures.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

GPU_DEVICE void clear(Measured* measured) {
    *measured = {};
    measured->flown = ~std::uint64_t(0);
}

GPU_KERNEL clear_measured_kernel(Measured* measured) {
    if (item() == 0) clear(measured);
}

GPU_KERNEL measure_kernel(MeasureArgs args, Measured* measured) {
    SharedMemory shared;
    FixedSum* block = shared.take<FixedSum>(9);
    if (thread_index() < 9) block[thread_index()] = {};
    sync_block();
    const AtomMotion motion(args);
    FixedSum sums[9];
    const std::int64_t step = std::int64_t(grid_blocks()) * block_threads();
    for (std::int64_t i = item(); i < args.n; i += step) {
        double terms[9];
        if (!motion(i, terms)) {
            atomic_min(&measured->flown, static_cast<std::uint64_t>(i));
            continue;
        }
        for (int k = 0; k < 9; ++k) sums[k].add(terms[k]);
    }
    for (int k = 0; k < 9; ++k) {
        for (std::int64_t& limb : sums[k].limbs) limb = tile_sum(limb);
        if (lane() == 0) add_sum(&block[k], sums[k]);
    }
    sync_block();
    if (thread_index() < 6) add_sum(&measured->kinetic[thread_index()], block[thread_index()]);
    else if (thread_index() < 9) add_sum(&measured->momentum[thread_index() - 6], block[thread_index()]);
}

GPU_KERNEL finish_measure_kernel(Measured* measured, StepState* state) {
    if (item() != 0) return;
    if (state->halt == Halt::none) {
        if (measured->flown != ~std::uint64_t(0)) {
            state->halt = Halt::atom_flown;
            state->flown = static_cast<std::int32_t>(measured->flown);
        } else {
            MotionSums& sums = state->motion_sums;
            for (int k = 0; k < 6; ++k) sums.kinetic_tensor[k] = measured->kinetic[k];
            for (int k = 0; k < 3; ++k) sums.momentum[k] = measured->momentum[k];
            state->motion = sums.motion();
        }
    }
    clear(measured);
}

GPU_KERNEL displacement_kernel(DisplacementArgs args, Measured* measured) {
    SharedMemory shared;
    std::uint64_t* block = shared.take<std::uint64_t>(1);
    if (thread_index() == 0) *block = 0;
    sync_block();
    const AtomDisplacement squared(args);
    double largest = 0;
    const std::int64_t step = std::int64_t(grid_blocks()) * block_threads();
    for (std::int64_t i = item(); i < args.n; i += step) {
        const double d2 = squared(i);
        largest = d2 > largest ? d2 : largest;
    }
    std::uint64_t bits;
    __builtin_memcpy(&bits, &largest, sizeof bits);
    atomic_max(block, bits);
    sync_block();
    if (thread_index() == 0) atomic_max(&measured->max_squared, *block);
}

GPU_KERNEL finish_displacement_kernel(Measured* measured, StepState* state) {
    if (item() != 0) return;
    if (state->halt == Halt::none)
        __builtin_memcpy(&state->max_displacement_squared, &measured->max_squared, sizeof measured->max_squared);
    clear(measured);
}

GPU_KERNEL ensemble_step_kernel(EnsembleStepArgs args) {
    if (item() == 0) run_ensemble_step(args.what, args.constants, *args.state);
}

GPU_KERNEL close_forces_kernel(CloseForcesArgs args) {
    if (item() == 0) dpmd::close_forces(args);
}

GPU_KERNEL judge_list_kernel(JudgeListArgs args) {
    if (item() == 0) dpmd::judge_list(args);
}

/// A grid that fills the device once.
Grid grid_of(const Queue& queue, std::int64_t n) {
    const std::int64_t blocks = (n + block_of_items - 1) / block_of_items;
    return {static_cast<unsigned>(std::min<std::int64_t>(blocks, 8 * queue.properties().multiprocessors))};
}

/// Launches kernel(arguments...) with one thread.
template <class... Parameters, class... Arguments>
void launch_one(Queue& queue, const char* name, void (*kernel)(Parameters...), const Arguments&... arguments) {
    queue.launch(name, kernel, Grid{1}, tile_lanes, 0, arguments...);
}

}  // namespace

Measures::Measures(Queue& queue, Memory& memory) : queue_(queue), measured_(1, memory) {
    launch_one(queue_, "clear_measured", &clear_measured_kernel, measured_.data());
}

void Measures::measure(const MeasureArgs& args) {
    queue_.launch("measure", &measure_kernel, grid_of(queue_, args.n), block_of_items, shared_piece<FixedSum>(9), args,
                  measured_.data());
    launch_one(queue_, "finish_measure", &finish_measure_kernel, measured_.data(), args.state);
}

void Measures::displacement(const DisplacementArgs& args) {
    queue_.launch("displacement", &displacement_kernel, grid_of(queue_, args.n), block_of_items,
                  shared_piece<std::uint64_t>(1), args, measured_.data());
    launch_one(queue_, "finish_displacement", &finish_displacement_kernel, measured_.data(), args.state);
}

void ensemble_step(Queue& queue, const EnsembleStepArgs& args) {
    launch_one(queue, "ensemble_step", &ensemble_step_kernel, args);
}
void close_forces(Queue& queue, const CloseForcesArgs& args) {
    launch_one(queue, "close_forces", &close_forces_kernel, args);
}
void judge_list(Queue& queue, const JudgeListArgs& args) { launch_one(queue, "judge_list", &judge_list_kernel, args); }

}  // namespace dpmd::gpu
