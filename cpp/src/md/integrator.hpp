#pragma once
// How a State moves from one step to the next. One file per ensemble.
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "dpmd/ensemble.hpp"
#include "md/motion.hpp"
#include "md/state.hpp"

namespace dpmd::md {

class Integrator {
public:
    virtual ~Integrator() = default;
    /// Up to the new positions and cell; `state` holds forces, virial and motion of the step that it leaves.
    virtual void before_forces(State& state) = 0;
    /// The rest of the step, with forces, energy and virial of the new positions.
    virtual void after_forces(State& state) = 0;
    /// What the exact dynamics keeps constant besides the atoms' energy, eV: energy of thermostats and barostat, or
    /// minus the heat that the noise brought in.
    virtual double reservoir_energy(const State& state) const = 0;
    /// All that this integrator remembers from step to step, for checkpoints; `recall` takes what `memory` gave.
    virtual std::vector<double> memory() const = 0;
    virtual void recall(std::span<const double> memory) = 0;
};

/// What every ensemble is made with.
struct IntegratorSetup {
    Backend& backend;
    double timestep;     ///< fs
    std::uint64_t seed;  ///< of the noise
    int degrees_of_freedom;
};

std::unique_ptr<Integrator> make_integrator(const Nve&, const IntegratorSetup&);
std::unique_ptr<Integrator> make_integrator(const Langevin&, const IntegratorSetup&);
std::unique_ptr<Integrator> make_integrator(const NoseHoover&, const IntegratorSetup&);
std::unique_ptr<Integrator> make_integrator(const Bussi&, const IntegratorSetup&);
std::unique_ptr<Integrator> make_integrator(const Mtk&, const IntegratorSetup&);

/// Kinetic, potential and reservoir energy, eV.
inline double conserved_energy(const State& state, const Integrator& integrator) {
    return 0.5 * state.motion.twice_kinetic_energy() + state.energy + integrator.reservoir_energy(state);
}

/// One MD step; `compute_forces(state)` sets forces, energy and virial.
template <class F>
void advance(Integrator& integrator, Backend& backend, State& state, F&& compute_forces) {
    // Thermostats that scale velocities amplify what rounding leaves of the total momentum, so it is taken away.
    constexpr std::int64_t momentum_interval = 1000;
    integrator.before_forces(state);
    ++state.step;
    compute_forces(state);
    integrator.after_forces(state);
    if (state.zero_momentum && state.step % momentum_interval == 0) remove_momentum(backend, state);
    else state.motion = measure(backend, state);
}

}  // namespace dpmd::md
