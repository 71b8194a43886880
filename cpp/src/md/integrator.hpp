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

/// An ensemble queues its work on the backend, before and after the forces of a step; nothing waits for it.
class Integrator {
public:
    virtual ~Integrator() = default;
    /// Prepares the variables of the ensemble in the state.
    virtual void begin(State&) {}
    /// The part up to the new positions and cell; the state holds forces, virial and motion of the previous step.
    virtual void before_forces(State& state) = 0;
    /// The rest of the step, with forces, energy and virial of the new positions.
    virtual void after_forces(State& state) = 0;
    /// The part of the conserved energy besides that of the atoms, eV: energy of thermostats and barostat, or minus the
    /// heat added by the noise.
    virtual double reservoir_energy(const State&) const { return 0; }
    /// Everything that this ensemble remembers from step to step, for checkpoints; `recall` takes what `memory`
    /// returned.
    virtual std::vector<double> memory(const State&) const { return {}; }
    virtual void recall(State&, std::span<const double>) {}
};

/// What every integrator is constructed with.
struct IntegratorSetup {
    Backend& backend;
    double timestep;     ///< fs
    std::uint64_t seed;  ///< for the noise
    int degrees_of_freedom;

    EnsembleConstants constants() const {
        EnsembleConstants out;
        out.dt = timestep;
        out.degrees_of_freedom = degrees_of_freedom;
        out.seed = seed;
        return out;
    }
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

/// Steps after which the total momentum is removed: thermostats that scale velocities amplify what rounding leaves of
/// it.
inline constexpr std::int64_t momentum_interval = 1000;

/// The rest of a step once its forces are known.
inline void end_step(Integrator& integrator, Backend& backend, State& state, bool removes_momentum) {
    integrator.after_forces(state);
    if (removes_momentum) remove_momentum(backend, state);
    else measure(backend, state);
}

/// Queues one MD step on the backend; `put_forces()` queues forces, energy and virial of the new positions, and returns
/// whether the step goes on.
template <class F>
void put_step(Integrator& integrator, Backend& backend, State& state, bool removes_momentum, F&& put_forces) {
    integrator.before_forces(state);
    backend.ensemble_step({EnsembleStep::next_step, {}, state.in_backend()});
    if (put_forces()) end_step(integrator, backend, state, removes_momentum);
}

}  // namespace dpmd::md
