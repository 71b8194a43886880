// Langevin dynamics: the BAOAB splitting of Leimkuhler and Matthews (Appl. Math. Res. Express 2013, 34), whose averages
// over positions are exact for harmonic forces at any stable time step.
//
//   B half kick, A half drift, O exact Ornstein-Uhlenbeck step of the velocities, A half drift, (forces) B half kick.
//
// With the momentum held at zero the noise is projected: what it gives to the centre of mass is taken away, which is
// the Ornstein-Uhlenbeck process within the subspace of zero momentum.
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
        const double before = measure(backend_, state).twice_kinetic_energy();
        exchange_heat(state);
        heat_ += 0.5 * (measure(backend_, state).twice_kinetic_energy() - before);
        drift(backend_, state, 0.5 * dt_);
    }
    void after_forces(State& state) override { kick(backend_, state, 0.5 * dt_); }
    double reservoir_energy(const State&) const override { return -heat_; }
    std::vector<double> memory() const override { return {heat_}; }
    void recall(std::span<const double> memory) override { heat_ = memory[0]; }

private:
    void exchange_heat(State& state) {
        LangevinArgs args;
        args.n = state.n;
        args.types = state.types.data();
        args.ids = state.ids.data();
        args.inverse_mass = state.inverse_mass.data();
        args.decay = decay_;
        args.kT = kT_;
        args.key = {seed_, RandomStream::langevin, static_cast<std::uint64_t>(state.step)};
        args.velocities = state.velocities.data();
        backend_.langevin(args);
        if (state.zero_momentum) shift_velocities(backend_, state, center_velocity(state, measure(backend_, state)));
    }

    Backend& backend_;
    double dt_;
    std::uint64_t seed_;
    double decay_, kT_;
    double heat_ = 0;  // that the noise brought in since the start, eV
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Langevin& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<LangevinIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
