// Question: how many steps per second does a simulation make, everything included: from 192 atoms, where latency
// counts, to 12,288? NVE with 0.5 fs and a skin of 2 Å at 330 K; the neighbour list is built anew whenever it must be.
// Checked before timing: the forces of the start equal those of the exact nets in double, and ten steps conserve the
// energy.
#include <cmath>

#include "cases.hpp"
#include "check.hpp"
#include "core/text.hpp"
#include "dpmd/simulation.hpp"
#include "flop_count.hpp"
#include "peak.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

constexpr double timestep = 0.5, skin = 2.0, temperature = 330;  // fs, Å, K
constexpr int steps_before = 10;

/// Of the energy in those steps, eV per atom. Of 16-bit products it shows the rounding.
double largest_drift(const Variant& variant) { return variant.precision == "mix16" ? 2e-3 : 5e-5; }

/// A simulation on its way, the same for all repetitions of a case.
struct Run {
    std::string name, fault;
    std::unique_ptr<Simulation> simulation;
};

Run start(const std::string& name, const Variant& variant, const std::shared_ptr<Potential>& potential,
          const Structure& structure) {
    SimulationStart from;
    from.positions = structure.positions;
    from.types = structure.types;
    from.masses = structure.masses;
    from.box = structure.box;
    SimulationOptions options;
    options.timestep = timestep;
    options.skin = skin;
    Run run{name, "", std::make_unique<Simulation>(potential, from, options)};
    Simulation& simulation = *run.simulation;
    simulation.initialize_velocities(temperature, 1);
    const Thermo before = simulation.thermo();
    run.fault = fault_of(variant, *potential, simulation.forces(), before.potential_energy);
    simulation.run(steps_before);
    const double drift = std::fabs(simulation.thermo().conserved_energy - before.conserved_energy) / structure.size();
    if (run.fault.empty() && !(drift < largest_drift(variant)))
        run.fault = concat("the energy drifts by ", drift, " eV per atom in ", steps_before, " steps");
    return run;
}

void md_step(benchmark::State& state, const std::string& name, const Variant& variant, int side, int threads) {
    static Run run;
    const std::shared_ptr<Potential> potential = load(variant, threads, skin);
    if (run.name != name) run = start(name, variant, potential, structure_for(model().type_map, side));
    if (!run.fault.empty()) return state.SkipWithError(run.fault.c_str());
    Simulation& simulation = *run.simulation;

    const double seconds = time_calls(state, [&] { simulation.run(1); });
    const double flop = total_flop(count_call(*potential, side));
    set_counters(state, {double(simulation.n_atoms()), flop, 0, threads * peak_flops(variant.isa, variant.precision)},
                 seconds);
    constexpr double seconds_per_day = 86400, fs_per_ns = 1e6;
    state.counters["ns/day"] = timestep / fs_per_ns * seconds_per_day / seconds;
    state.counters["steps_per_list"] = double(simulation.step()) / double(simulation.n_list_builds());
}

}  // namespace

void register_cases() {
    structure_for(model().type_map, 1);  // a model that cannot be measured ends the program here
    for (const Variant& variant : fastest_variants())
        for (const int threads : {1, 2})
            for (const int side : {1, 2, 4}) {
                const std::string name = concat("nve/", variant.name(), "/", size_name(side, threads));
                add_case(name, [=](benchmark::State& state) {
                    md_step(state, name, variant, side, threads);
                })->UseRealTime();
            }
}

}  // namespace dpmd::bench
