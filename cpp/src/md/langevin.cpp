// Langevin dynamics: the BAOAB splitting of Leimkuhler and Matthews (Appl. Math. Res. Express 2013, 34), whose averages
// over positions are exact for harmonic forces at any stable time step.
//
//   B half kick, A half drift, O exact Ornstein-Uhlenbeck step of the velocities, A half drift, (forces) B half kick.
//
// With the momentum held at zero the noise is projected: its effect on the centre of mass is removed, which is the
// Ornstein-Uhlenbeck process within the subspace of zero momentum.
#include "md/constants.hpp"
#include "md/integrator.hpp"

namespace dpmd::md {
namespace {

class LangevinIntegrator final : public Integrator {
public:
    LangevinIntegrator(const Langevin& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend),
          dt_(setup.timestep),
          seed_(setup.seed),
          decay_(std::exp(-setup.timestep / ensemble.damping)),
          kT_(boltzmann * ensemble.temperature) {}

    void before_forces(State& state) override {
        kick(backend_, state, 0.5 * dt_);
        drift(backend_, state, 0.5 * dt_);
        measure(backend_, state);
        backend_.ensemble_step({EnsembleStep::remember_kinetic, {}, state.in_backend()});
        put_noise(state);
        if (state.zero_momentum) remove_momentum(backend_, state);
        else measure(backend_, state);
        backend_.ensemble_step({EnsembleStep::add_heat, {}, state.in_backend()});
        drift(backend_, state, 0.5 * dt_);
    }
    void after_forces(State& state) override { kick(backend_, state, 0.5 * dt_); }
    double reservoir_energy(const State& state) const override { return -state.ensemble.heat; }
    std::vector<double> memory(const State& state) const override { return {state.ensemble.heat}; }
    void recall(State& state, std::span<const double> memory) override {
        state.ensemble.heat = memory[0];
        state.push();
    }

private:
    void put_noise(State& state) {
        LangevinArgs args;
        args.n = state.n;
        args.mass_classes = state.mass_classes.data();
        args.ids = state.ids.data();
        args.inverse_mass = state.inverse_mass.data();
        args.decay = decay_;
        args.kT = kT_;
        args.seed = seed_;
        args.state = state.in_backend();
        args.velocities = state.velocities.data();
        backend_.langevin(args);
    }

    Backend& backend_;
    double dt_;
    std::uint64_t seed_;
    double decay_, kT_;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Langevin& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<LangevinIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
