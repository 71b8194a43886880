// Question: how many atoms per second does one force call serve, list included and list kept, as the system grows past
// the caches and the threads grow in number?
// Checked before timing: a box of k equal cells has k times the energy of one cell and the same forces in every cell.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "dpmd/potential.hpp"
#include "water_box.hpp"

namespace {

using dpmd::bench::WaterBox;

constexpr double kept_list_skin = 1.0;  // Å

dpmd::Potential load(int threads, double skin) {
    dpmd::PotentialOptions options;
    options.threads = threads;
    options.skin = skin;
    return dpmd::Potential(DPMD_TREE "/examples/water/water_small.dpmd", options);
}

dpmd::Result compute(dpmd::Potential& potential, const WaterBox& water) {
    return potential.compute({water.positions, water.types, water.box, {}, {}});
}

/// What is wrong with the result for `water`, a box of equal cells; empty: nothing.
std::string fault_of(dpmd::Potential& potential, const WaterBox& water, const dpmd::Result& result) {
    const WaterBox cell = dpmd::bench::water_box(1);
    const dpmd::Result expected = compute(potential, cell);
    const double copies = double(water.size()) / double(cell.size());
    // Positions of copies are rounded at other places than those of the first cell: 1e-15 of some 100 Å, times the
    // stiffness of an O-H bond, some 50 eV/Å^2. Energies and forces are rounded to multiples of 1e-12.
    constexpr double tolerance = 1e-8;
    if (!(std::abs(result.energy / copies - expected.energy) < tolerance)) return "energies of equal cells differ";
    for (std::size_t k = 0; k < result.forces.size(); ++k)
        if (!(std::abs(result.forces[k] - expected.forces[k % expected.forces.size()]) < tolerance))
            return "forces of equal cells differ";
    return "";
}

void force_call(benchmark::State& state, double skin) {
    const WaterBox water = dpmd::bench::water_box(static_cast<int>(state.range(0)));
    dpmd::Potential potential = load(static_cast<int>(state.range(1)), skin);
    const std::string fault = fault_of(potential, water, compute(potential, water));
    if (!fault.empty()) {
        state.SkipWithError(fault.c_str());
        return;
    }
    compute(potential, water);  // its list is the first one
    for (auto _ : state) benchmark::DoNotOptimize(compute(potential, water).energy);
    state.SetItemsProcessed(state.iterations() * water.size());
    state.counters["atoms"] = double(water.size());
    state.SetLabel(potential.kernels());
}

void list_built_every_call(benchmark::State& state) { force_call(state, 0); }
void list_kept(benchmark::State& state) { force_call(state, kept_list_skin); }

void sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->ArgNames({"side", "threads"})->ArgsProduct({{1, 2, 4}, {1, 2}});
    benchmark->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(list_built_every_call)->Apply(sizes);
BENCHMARK(list_kept)->Apply(sizes);

}  // namespace
