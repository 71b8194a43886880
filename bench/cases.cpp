#include "cases.hpp"

namespace dpmd::bench {

void set_counters(benchmark::State& state, const Work& work, double seconds) {
    if (work.n_atoms > 0) state.counters["atoms"] = work.n_atoms;
    if (!(seconds > 0)) return;  // a stage that this model does not have
    if (work.n_atoms > 0) state.counters["atoms/s"] = work.n_atoms / seconds;
    if (work.flop > 0) state.counters["GFLOP/s"] = 1e-9 * work.flop / seconds;
    if (work.flop > 0 && work.peak > 0) state.counters["share_of_peak"] = work.flop / seconds / work.peak;
    if (work.bytes > 0) state.counters["GB/s"] = 1e-9 * work.bytes / seconds;
}

}  // namespace dpmd::bench
