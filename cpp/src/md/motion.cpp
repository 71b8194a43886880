#include "md/motion.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "comm/together.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "md/constants.hpp"

namespace dpmd::md {
namespace {

std::string describe(const State& state, std::size_t atom) {
    const double *x = state.positions.on_host().data() + 3 * atom, *v = state.velocities.on_host().data() + 3 * atom;
    return concat("atom ", state.ids.on_host()[atom], " at (", x[0], ", ", x[1], ", ", x[2], ") Å moves at ",
                  std::sqrt(dot(v, v)), " Å/fs");
}

/// Calls `say` on the rank with the highest value, and returns its text on all. Collective.
template <class F>
std::string of_highest(const State& state, double value, F&& say) {
    if (state.ranks->size() == 1) return say();
    double highest[2] = {value, 0};
    state.ranks->max({highest, 1});
    highest[1] = highest[0] == value ? -double(state.ranks->rank()) : -double(state.ranks->size());
    state.ranks->max({highest + 1, 1});
    const int rank = static_cast<int>(-highest[1]);
    std::string text = state.ranks->rank() == rank ? say() : std::string();
    broadcast(*state.ranks, text, rank);
    return text;
}

/// Adds up what every rank has measured.
void add_up_motion(State& state) {
    Memory& memory = state.memory();
    StepState now;
    memory.copy_out(&now, state.in_backend(), sizeof now);
    constexpr std::size_t n_sums = sizeof(MotionSums) / sizeof(FixedSum);
    FixedSum sums[n_sums + 1];
    std::copy_n(now.motion_sums.kinetic_tensor, 6, sums);
    std::copy_n(now.motion_sums.momentum, 3, sums + 6);
    const bool has_flown = now.halt == Halt::atom_flown;
    sums[n_sums].add(has_flown ? 1 : 0);
    sum(*state.ranks, sums);
    MotionSums all;
    std::copy_n(sums, 6, all.kinetic_tensor);
    std::copy_n(sums + 6, 3, all.momentum);
    now.motion = all.motion();
    if (sums[n_sums].limbs[0] > 0) {
        now.halt = Halt::atom_flown;
        if (!has_flown) now.flown = -1;
    }
    memory.copy_in(state.in_backend(), &now, sizeof now);
}

/// Reports an atom that has flown away. The halt is lifted, so that the state can go on once it is corrected.
[[noreturn]] void report_flown(State& state, std::int32_t atom) {
    state.halt = Halt::none;
    state.push();
    const std::string where = of_highest(state, atom, [&] { return describe(state, std::size_t(atom)); });
    throw InputError(concat(where, ", beyond the limit of ", state.speed_limit,
                            " Å/fs (1 Å per step); the system has blown up: use a shorter time step or relax the "
                            "structure first"));
}

}  // namespace

void kick(Backend& backend, State& state, double dt, bool with_matrices) {
    KickArgs args;
    args.n = state.n;
    args.mass_classes = state.mass_classes.data();
    args.inverse_mass = state.inverse_mass.data();
    args.forces = state.forces.data();
    args.dt = dt;
    args.with_matrices = with_matrices;
    args.state = state.in_backend();
    args.velocities = state.velocities.data();
    backend.kick(args);
}

void drift(Backend& backend, State& state, double dt, bool with_matrices) {
    DriftArgs args;
    args.n = state.n;
    args.velocities = state.velocities.data();
    args.dt = dt;
    args.with_matrices = with_matrices;
    args.state = state.in_backend();
    args.positions = state.positions.data();
    backend.drift(args);
}

void scale_velocities(Backend& backend, State& state) {
    backend.scale_velocities({state.n, state.in_backend(), state.velocities.data()});
}

void measure(Backend& backend, State& state) {
    MeasureArgs args;
    args.n = state.n;
    args.mass_classes = state.mass_classes.data();
    args.mass = state.mass.data();
    args.velocities = state.velocities.data();
    args.speed_limit = state.speed_limit;
    args.state = state.in_backend();
    backend.measure(args);
    if (state.ranks->size() > 1) add_up_motion(state);
}

void remove_momentum(Backend& backend, State& state) {
    EnsembleStepArgs shift;
    shift.what = EnsembleStep::center_shift;
    shift.constants.total_mass = state.total_mass;
    shift.state = state.in_backend();
    measure(backend, state);
    backend.ensemble_step(shift);
    backend.shift_velocities({state.n, state.in_backend(), state.velocities.data()});
    measure(backend, state);
}

void pull_motion(State& state) {
    state.pull();
    if (state.halt == Halt::atom_flown) report_flown(state, state.flown);
}

std::string describe_fastest(const State& state) {
    std::size_t fastest = 0;
    double largest = -1;
    const std::span<const double> velocities = state.velocities.on_host();
    for (std::size_t i = 0; i < std::size_t(state.n); ++i) {
        const double* v = velocities.data() + 3 * i;
        const double speed = dot(v, v);
        if (speed <= largest) continue;
        fastest = i;
        if (!(speed > largest)) {  // NaN
            largest = std::numeric_limits<double>::infinity();
            break;
        }
        largest = speed;
    }
    return of_highest(state, largest, [&] { return describe(state, fastest); });
}

double temperature(const State& state) {
    double twice_kinetic = state.motion.twice_kinetic_energy();
    if (state.degrees_of_freedom < 3 * state.n_free())
        twice_kinetic -= dot(state.motion.momentum.v, state.motion.momentum.v) / state.total_mass;
    return twice_kinetic / (state.degrees_of_freedom * boltzmann);
}

}  // namespace dpmd::md
