// Question: what is the most that one core can do in each instruction set: multiply-adds in registers, and bytes read,
// or read and written, in each level of memory? Shares of the peak in the other programs refer to the multiply-adds.
// Checked before timing: the loops give the numbers that they must.
#include <unistd.h>

#include <algorithm>

#include "cases.hpp"
#include "core/array.hpp"
#include "core/text.hpp"
#include "peak.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

constexpr std::int64_t n_steps = 100000;

void multiply_add(benchmark::State& state, const std::string& isa, bool in_double) {
    const PeakKernels& kernels = peak_kernels(isa);
    const auto loop = in_double ? kernels.multiply_add_double : kernels.multiply_add_single;
    if (loop(n_steps) != 0) return state.SkipWithError("x/2 + 1/2 does not end at 1");
    const double seconds = time_calls(state, [&] { benchmark::DoNotOptimize(loop(n_steps)); });
    const std::int64_t flop = n_steps * (in_double ? kernels.double_flop_per_step : kernels.single_flop_per_step);
    set_counters(state, {0, double(flop), 0, 0}, seconds);
}

struct Level {
    const char* name;
    std::size_t bytes;  ///< of all arrays together
};

/// Half of each cache; for memory four times the last cache, but no more than 512 MiB, because virtual machines report
/// the cache of the whole processor.
std::vector<Level> levels() {
    const auto cache = [](int which, std::size_t otherwise) {
        const long bytes = sysconf(which);
        return bytes > 0 ? std::size_t(bytes) : otherwise;
    };
    constexpr std::size_t kib = 1024, mib = 1024 * kib;
    return {{"L1", cache(_SC_LEVEL1_DCACHE_SIZE, 32 * kib) / 2},
            {"L2", cache(_SC_LEVEL2_CACHE_SIZE, mib) / 2},
            {"memory", std::min(512 * mib, 4 * cache(_SC_LEVEL3_CACHE_SIZE, 32 * mib))}};
}

constexpr std::size_t multiple = 64;  // how many numbers the loops take at a time

void read(benchmark::State& state, const std::string& isa, std::size_t bytes) {
    const PeakKernels& kernels = peak_kernels(isa);
    Array<double> x(bytes / sizeof(double) / multiple * multiple);
    x.fill(0.5);
    if (kernels.read(x.data(), x.size()) != 0.5 * double(x.size()))
        return state.SkipWithError("the sum of equal numbers is wrong");
    const double seconds = time_calls(state, [&] { benchmark::DoNotOptimize(kernels.read(x.data(), x.size())); });
    set_counters(state, {0, 0, double(x.size() * sizeof(double)), 0}, seconds);
    state.counters["bytes"] = double(x.bytes());
}

void triad(benchmark::State& state, const std::string& isa, std::size_t bytes) {
    const PeakKernels& kernels = peak_kernels(isa);
    const std::size_t n = bytes / 3 / sizeof(double) / multiple * multiple;
    Array<double> x(n), y(n), z(n);
    x.fill(0);
    y.fill(1);
    z.fill(2);
    const auto call = [&] {
        kernels.triad(x.data(), y.data(), z.data(), n);
        benchmark::ClobberMemory();
    };
    call();
    if (!std::all_of(x.begin(), x.end(), [](double value) { return value == 2; }))
        return state.SkipWithError("1 + 2/2 is not 2");
    const double seconds = time_calls(state, call);
    set_counters(state, {0, 0, double(3 * n * sizeof(double)), 0}, seconds);
    state.counters["bytes"] = double(3 * x.bytes());
}

}  // namespace

void register_cases() {
    for (const std::string& isa : kernel_sets()) {
        for (const bool in_double : {true, false})
            add_case(concat("multiply_add/real:", in_double ? "double" : "single", "/isa:", isa),
                     [=](benchmark::State& state) { multiply_add(state, isa, in_double); })
                ->UseRealTime();
        for (const Level& level : levels()) {
            add_case(concat("read/level:", level.name, "/isa:", isa), [=](benchmark::State& state) {
                read(state, isa, level.bytes);
            })->UseRealTime();
            add_case(concat("triad/level:", level.name, "/isa:", isa), [=](benchmark::State& state) {
                triad(state, isa, level.bytes);
            })->UseRealTime();
        }
    }
}

}  // namespace dpmd::bench
