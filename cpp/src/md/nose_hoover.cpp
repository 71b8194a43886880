// Nosé-Hoover chains: half a thermostat step, velocity Verlet, half a thermostat step.
#include "md/constants.hpp"
#include "md/integrator.hpp"
#include "md/nose_hoover_chain.hpp"

namespace dpmd::md {
namespace {

class NoseHooverIntegrator final : public Integrator {
public:
    NoseHooverIntegrator(const NoseHoover& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend),
          dt_(setup.timestep),
          chain_(ensemble.chain, setup.degrees_of_freedom, boltzmann * ensemble.temperature, ensemble.damping) {}

    void before_forces(State& state) override {
        thermostat(state, state.motion);
        kick(backend_, state, 0.5 * dt_);
        drift(backend_, state, dt_);
    }
    void after_forces(State& state) override {
        kick(backend_, state, 0.5 * dt_);
        thermostat(state, measure(backend_, state));
    }
    double reservoir_energy(const State&) const override { return chain_.energy(); }
    std::vector<double> memory() const override { return {chain_.memory().begin(), chain_.memory().end()}; }
    void recall(std::span<const double> memory) override { chain_.recall(memory); }

private:
    void thermostat(State& state, const Motion& motion) {
        scale_velocities(backend_, state, chain_.advance(motion.twice_kinetic_energy(), 0.5 * dt_));
    }

    Backend& backend_;
    double dt_;
    NoseHooverChain chain_;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const NoseHoover& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<NoseHooverIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
