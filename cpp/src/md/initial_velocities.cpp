#include "md/initial_velocities.hpp"

#include <cmath>
#include <vector>

#include "md/constants.hpp"
#include "md/motion.hpp"

namespace dpmd::md {

void draw_velocities(Backend& backend, State& state, double temperature, std::uint64_t seed, bool exact) {
    // An Ornstein-Uhlenbeck step without memory is a draw from the Maxwell-Boltzmann distribution.
    state.velocities.assign(std::vector<double>(3 * std::size_t(state.n), 0.0));
    LangevinArgs args;
    args.n = state.n;
    args.types = state.types.data();
    args.ids = state.ids.data();
    args.inverse_mass = state.inverse_mass.data();
    args.decay = 0;
    args.kT = boltzmann * temperature;
    args.key = {seed, RandomStream::velocity, 0};
    args.velocities = state.velocities.data();
    backend.langevin(args);

    state.motion = measure(backend, state);
    if (state.zero_momentum) remove_momentum(backend, state);
    const double drawn = md::temperature(state);
    if (exact && drawn > 0) scale_velocities(backend, state, std::sqrt(temperature / drawn));
    state.motion = measure(backend, state);
}

}  // namespace dpmd::md
