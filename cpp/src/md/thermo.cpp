#include "md/thermo.hpp"

#include <limits>

#include "md/constants.hpp"

namespace dpmd::md {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// (sum m v v + virial) / V in bar, the virial symmetrised.
std::array<double, 6> pressure_tensor(const State& state, double volume) {
    constexpr int rows[6] = {0, 1, 2, 0, 0, 1}, columns[6] = {0, 1, 2, 1, 2, 2};
    std::array<double, 6> out{};
    for (std::size_t k = 0; k < 6; ++k) {
        const int a = rows[k], b = columns[k];
        const double virial = 0.5 * (state.virial[a][b] + state.virial[b][a]);
        out[k] = (state.motion.kinetic_tensor[k] + virial) / volume * bar_per_ev_per_cubic_angstrom;
    }
    return out;
}

}  // namespace

Thermo thermo_of(const State& state, const Integrator& integrator, double timestep) {
    Thermo out;
    out.step = state.step;
    out.time = static_cast<double>(state.step) * timestep;
    out.temperature = temperature(state);
    out.kinetic_energy = 0.5 * state.motion.twice_kinetic_energy();
    out.potential_energy = state.energy;
    out.conserved_energy = conserved_energy(state, integrator);
    out.cell = state.box.cell;
    out.pressure = out.volume = out.density = nan;
    out.pressure_tensor.fill(nan);
    if (state.box.periodic != std::array<bool, 3>{true, true, true}) return out;
    out.volume = state.lattice.volume();
    out.density = state.total_mass / atomic_mass_unit / out.volume * gram_per_cubic_centimetre;
    out.pressure_tensor = pressure_tensor(state, out.volume);
    out.pressure = (out.pressure_tensor[0] + out.pressure_tensor[1] + out.pressure_tensor[2]) / 3;
    return out;
}

}  // namespace dpmd::md
