#include "md/motion.hpp"

#include <cmath>
#include <span>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/fixed_point.hpp"
#include "md/constants.hpp"

namespace dpmd::md {
namespace {

std::string describe(const State& state, std::size_t atom) {
    const double *x = state.positions.on_host().data() + 3 * atom, *v = state.velocities.on_host().data() + 3 * atom;
    return concat("atom ", state.ids.on_host()[atom], " at (", x[0], ", ", x[1], ", ", x[2], ") Å moves at ",
                  std::sqrt(dot(v, v)), " Å/fs");
}

[[noreturn]] void report_flown(const State& state, std::int32_t atom) {
    throw InputError(concat(describe(state, std::size_t(atom)), ", beyond the limit of ", state.speed_limit,
                            " Å/fs (1 Å per step); the system has blown up: use a shorter time step or relax the "
                            "structure first"));
}

}  // namespace

void kick(Backend& backend, State& state, double dt, const Matrix3& scale, const Matrix3& response) {
    KickArgs args;
    args.n = state.n;
    args.types = state.types.data();
    args.inverse_mass = state.inverse_mass.data();
    args.forces = state.forces.data();
    args.dt = dt;
    args.scale = scale;
    args.response = response;
    args.velocities = state.velocities.data();
    backend.kick(args);
}

void drift(Backend& backend, State& state, double dt, const Matrix3& scale, const Matrix3& response) {
    DriftArgs args;
    args.n = state.n;
    args.velocities = state.velocities.data();
    args.dt = dt;
    args.scale = scale;
    args.response = response;
    args.positions = state.positions.data();
    backend.drift(args);
}

void scale_velocities(Backend& backend, State& state, double factor) {
    backend.scale_velocities({state.n, factor, state.velocities.data()});
}

void shift_velocities(Backend& backend, State& state, const Vector3& shift) {
    backend.shift_velocities({state.n, shift, state.velocities.data()});
}

Motion measure(Backend& backend, const State& state) {
    FixedSum tensor[6], momentum[3];
    std::int32_t too_fast = -1;
    KineticArgs args;
    args.n = state.n;
    args.types = state.types.data();
    args.mass = state.mass.data();
    args.velocities = state.velocities.data();
    args.kinetic_tensor = tensor;
    args.momentum = momentum;
    args.speed_limit = state.speed_limit;
    args.too_fast = &too_fast;
    backend.kinetic(args);
    if (too_fast >= 0) report_flown(state, too_fast);
    Motion motion;
    for (std::size_t k = 0; k < 6; ++k) motion.kinetic_tensor[k] = tensor[k].value();
    for (int k = 0; k < 3; ++k) motion.momentum[k] = momentum[k].value();
    return motion;
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
        if (!(speed > largest)) break;  // not a number
        largest = speed;
    }
    return describe(state, fastest);
}

Vector3 center_velocity(const State& state, const Motion& motion) {
    Vector3 out{};
    for (int k = 0; k < 3; ++k) out[k] = motion.momentum[k] / state.total_mass;
    return out;
}

void remove_momentum(Backend& backend, State& state) {
    shift_velocities(backend, state, center_velocity(state, measure(backend, state)));
    state.motion = measure(backend, state);
}

double temperature(const State& state) {
    double twice_kinetic = state.motion.twice_kinetic_energy();
    if (state.degrees_of_freedom < 3 * state.n)
        twice_kinetic -= dot(state.motion.momentum.v, state.motion.momentum.v) / state.total_mass;
    return twice_kinetic / (state.degrees_of_freedom * boltzmann);
}

}  // namespace dpmd::md
