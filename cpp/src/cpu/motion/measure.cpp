#include "cpu/motion/measure.hpp"

#include <algorithm>
#include <mutex>

#include "backend/items/measure.hpp"
#include "cpu/items.hpp"

namespace dpmd::cpu {

void measure(const MeasureArgs& args, int n_threads) {
    if (is_halted(args)) return;
    std::mutex mutex;
    MotionSums sums;
    std::int64_t flown = args.n;
    for_each_block(n_threads, args.n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        const AtomMotion motion(args);
        MotionSums here;
        std::int64_t flown_here = args.n;
        for (std::int64_t i = first; i < last; ++i) {
            double terms[9];
            if (!motion(i, terms)) {
                flown_here = std::min(flown_here, i);
                continue;
            }
            for (int k = 0; k < 6; ++k) here.kinetic_tensor[k].add(terms[k]);
            for (int k = 0; k < 3; ++k) here.momentum[k].add(terms[6 + k]);
        }
        const std::lock_guard<std::mutex> lock(mutex);
        for (int k = 0; k < 6; ++k) sums.kinetic_tensor[k].add(here.kinetic_tensor[k]);
        for (int k = 0; k < 3; ++k) sums.momentum[k].add(here.momentum[k]);
        flown = std::min(flown, flown_here);
    });
    StepState& state = *args.state;
    if (flown < args.n) {
        state.halt = Halt::atom_flown;
        state.flown = static_cast<std::int32_t>(flown);
        return;
    }
    state.motion_sums = sums;
    state.motion = sums.motion();
}

void displacement(const DisplacementArgs& args, int n_threads) {
    if (is_halted(args)) return;
    std::mutex mutex;
    double largest = 0;
    for_each_block(n_threads, args.n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        const AtomDisplacement squared(args);
        double here = 0;
        for (std::int64_t i = first; i < last; ++i) here = std::max(here, squared(i));
        const std::lock_guard<std::mutex> lock(mutex);
        largest = std::max(largest, here);
    });
    args.state->max_displacement_squared = largest;
}

}  // namespace dpmd::cpu
