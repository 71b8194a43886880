#include "peak.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "cpu/instruction_set.hpp"
#include "dpmd/errors.hpp"

// The build names the instruction sets: F(sse2)F(avx2)F(avx512).
#define F(isa)                         \
    namespace dpmd::bench::isa {       \
    const PeakKernels& peak_kernels(); \
    }
DPMD_BENCH_INSTRUCTION_SETS
#undef F

namespace dpmd::bench {
namespace {

#define F(isa) &isa::peak_kernels(),
const PeakKernels* const all_kernels[] = {DPMD_BENCH_INSTRUCTION_SETS};
#undef F

const PeakKernels* find(const std::string& isa) {
    const auto* found = std::find_if(std::begin(all_kernels), std::end(all_kernels),
                                     [&](const PeakKernels* kernels) { return kernels->isa == isa; });
    return found == std::end(all_kernels) ? nullptr : *found;
}

double measure(const std::string& isa, bool in_double) {
    constexpr int n_runs = 12;
    constexpr std::int64_t n_steps = 20000;  // a quarter of a millisecond
    const PeakKernels& kernels = peak_kernels(isa);
    std::int64_t shortest = 0;
    for (int run = 0; run < n_runs; ++run) {
        const std::int64_t start = nanoseconds();
        const double error = (in_double ? kernels.multiply_add_double : kernels.multiply_add_single)(n_steps);
        const std::int64_t elapsed = nanoseconds() - start;
        if (error != 0) throw InternalError("the loop that measures the peak computes something else");
        shortest = run == 0 ? elapsed : std::min(shortest, elapsed);
    }
    const auto flop = double(n_steps * (in_double ? kernels.double_flop_per_step : kernels.single_flop_per_step));
    return 1e9 * flop / double(std::max<std::int64_t>(shortest, 1));
}

}  // namespace

bool has_own_peak(const std::string& isa) { return find(isa) != nullptr; }

const PeakKernels& peak_kernels(const std::string& isa) {
    if (const PeakKernels* kernels = find(isa)) return *kernels;
    const cpu::TileKernels& wanted = cpu::select_kernels(isa);
    for (const std::string& name : cpu::usable_instruction_sets())
        if (cpu::select_kernels(name).in_double.evaluate_tile == wanted.in_double.evaluate_tile)
            if (const PeakKernels* kernels = find(name)) return *kernels;
    throw InternalError(concat("no loops to measure the peak of '", isa, "' were built"));
}

double peak_flops(const std::string& isa, const std::string& precision) {
    static std::map<std::pair<std::string, bool>, double> measured;
    const std::pair key(std::string(peak_kernels(isa).isa), precision == "double");
    const auto found = measured.find(key);
    if (found != measured.end()) return found->second;
    return measured[key] = measure(key.first, key.second);
}

}  // namespace dpmd::bench
