// Question: how many steps per second does a whole simulation make: from 192 atoms, where latency counts, to 12,288,
// and to a million on a GPU? NVE with 0.5 fs and a skin of 2 Å at 330 K; the neighbour list is built anew whenever it
// must be. Checked before timing: the forces of the start equal those of the exact nets in double, and ten steps
// conserve the energy.
#include <algorithm>
#include <cmath>

#include "cases.hpp"
#include "check.hpp"
#include "core/text.hpp"
#include "dpmd/simulation.hpp"
#include "flop_count.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

constexpr double timestep = 0.5, skin = 2.0, temperature = 330;  // fs, Å, K
constexpr int steps_before = 10;

/// The number of steps that a simulation is asked for at once: on a device the host sees only the last one.
int steps_at_once(const Variant& variant, std::int64_t n_atoms) {
    constexpr std::int64_t atom_steps = 4'000'000, fewest = 10, most = 1000;
    return variant.is_on_cpu() ? 1 : int(std::clamp(atom_steps / n_atoms, fewest, most));
}

/// How far the energy may drift in those steps, eV per atom. With products of 8 or 11 bits it reflects their rounding.
double largest_drift(const Variant& variant) {
    return variant.precision == "mix16" || variant.precision == "mix32-tf32" ? 2e-3 : 5e-5;
}

/// A running simulation, the same for all repetitions of a case.
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

void md_step(benchmark::State& state, const std::string& name, const Variant& variant, const Size& size) {
    static auto& run = *new Run;     // never destroyed: a device may be gone before
    if (run.name != name) run = {};  // frees its memory, which may be needed
    const std::shared_ptr<Potential> potential = load(variant, size.threads, skin);
    if (run.name != name) run = start(name, variant, potential, structure_for(model().type_map, size.side));
    if (!run.fault.empty()) return state.SkipWithError(run.fault.c_str());
    Simulation& simulation = *run.simulation;

    const int n_steps = steps_at_once(variant, simulation.n_atoms());
    const double seconds = time_calls(
        state, [&] { simulation.run(n_steps); }, n_steps);
    const double flop = total_flop(count_call(*potential, size.side));
    set_counters(state, {double(simulation.n_atoms()), flop, 0, peak_of(variant, size.threads)}, seconds);
    constexpr double seconds_per_day = 86400, fs_per_ns = 1e6;
    state.counters["ns/day"] = timestep / fs_per_ns * seconds_per_day / seconds;
    state.counters["steps_per_list"] = double(simulation.step()) / double(simulation.n_list_builds());
}

}  // namespace

void register_cases() {
    structure_for(model().type_map, 1);  // ends the program for a model that cannot be measured
    for (const Variant& variant : with_devices(fastest_variants()))
        for (const Size& size : sizes_on(variant.device, {1, 2, 4})) {
            const std::string name = concat("nve/", variant.name(), "/", size.name());
            add_case(name, [=](benchmark::State& state) { md_step(state, name, variant, size); })->UseRealTime();
        }
}

}  // namespace dpmd::bench
