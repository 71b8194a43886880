#include "md/velocities.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "dpmd/errors.hpp"
#include "md/constants.hpp"
#include "md/motion.hpp"

namespace dpmd::md {

void draw_velocities(Backend& backend, State& state, double temperature, std::uint64_t seed, bool exact) {
    // An Ornstein-Uhlenbeck step without memory is a draw from the Maxwell-Boltzmann distribution.
    state.velocities.assign(std::vector<double>(3 * std::size_t(state.n), 0.0));
    const std::int64_t step = std::exchange(state.step, 0);  // the draw depends on seed and atom only
    state.halt = Halt::none;
    state.push();
    LangevinArgs args;
    args.n = state.n;
    args.mass_classes = state.mass_classes.data();
    args.ids = state.ids.data();
    args.inverse_mass = state.inverse_mass.data();
    args.decay = 0;
    args.kT = boltzmann * temperature;
    args.seed = seed;
    args.stream = RandomStream::velocity;
    args.state = state.in_backend();
    args.velocities = state.velocities.data();
    backend.langevin(args);
    if (state.zero_momentum) remove_momentum(backend, state);
    else measure(backend, state);
    state.pull();
    const double drawn = md::temperature(state);
    state.step = step;
    state.factors.scale = exact && drawn > 0 ? std::sqrt(temperature / drawn) : 1.0;
    state.push();
    scale_velocities(backend, state);
    measure(backend, state);
    pull_motion(state);
}

void accept_velocities(Backend& backend, State& state) {
    if (state.zero_momentum) remove_momentum(backend, state);
    else measure(backend, state);
    pull_motion(state);
}

void replace_velocities(Backend& backend, State& state, std::span<const double> velocities) {
    std::vector<double> mine;
    for (const std::int64_t id : state.ids.on_host())
        mine.insert(mine.end(), velocities.begin() + 3 * id, velocities.begin() + 3 * id + 3);
    const std::span<const double> now = state.velocities.on_host();
    const std::vector<double> before(now.begin(), now.end());
    state.velocities.assign(mine);
    try {
        accept_velocities(backend, state);
    } catch (const InputError&) {  // the same on all ranks
        state.velocities.assign(before);
        measure(backend, state);
        pull_motion(state);
        throw;
    }
}

}  // namespace dpmd::md
