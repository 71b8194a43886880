#pragma once
// What every benchmark program has in common: how its cases are registered, timed, and what their counters mean.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <exception>
#include <string>

#include "core/clock.hpp"

namespace dpmd::bench {

/// Each program defines it; main.cpp calls it.
void register_cases();

/// A case that runs `function(state)`; give it UseRealTime or UseManualTime. An exception becomes its error.
template <class Function>
benchmark::internal::Benchmark* add_case(const std::string& name, Function function) {
    const auto guarded = [function](benchmark::State& state) {
        try {
            function(state);
        } catch (const std::exception& error) {
            state.SkipWithError(error.what());
        }
    };
    return benchmark::RegisterBenchmark(name.c_str(), guarded)->Unit(benchmark::kMillisecond);
}

/// Calls `function` as often as google-benchmark wants, and returns the seconds per iteration; one call does
/// `iterations_per_call`. The function must wait for the device that it uses.
template <class Function>
double time_calls(benchmark::State& state, Function function, int iterations_per_call = 1) {
    const std::int64_t start = nanoseconds();
    while (state.KeepRunningBatch(iterations_per_call)) function();
    return 1e-9 * double(nanoseconds() - start) / double(state.iterations());
}

/// The work of one iteration. Zero: not counted, or not known.
struct Work {
    double n_atoms = 0;
    double flop = 0;   ///< floating-point operations
    double bytes = 0;  ///< bytes that must be read and written
    double peak = 0;   ///< most floating-point operations per second of all threads together
};

/// Sets the counters for iterations of `seconds` each: atoms, atoms/s, GFLOP/s, share_of_peak, GB/s.
void set_counters(benchmark::State& state, const Work& work, double seconds);

}  // namespace dpmd::bench
