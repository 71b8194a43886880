// Nosé-Hoover chains: half a thermostat step, velocity Verlet, half a thermostat step.
#include <algorithm>

#include "md/constants.hpp"
#include "md/integrator.hpp"

namespace dpmd::md {
namespace {

static_assert(longest_thermostat_chain == longest_chain);

class NoseHooverIntegrator final : public Integrator {
public:
    NoseHooverIntegrator(const NoseHoover& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend),
          constants_(setup.constants()),
          chain_(ensemble.chain, setup.degrees_of_freedom, boltzmann * ensemble.temperature, ensemble.damping) {}

    void begin(State& state) override {
        state.ensemble.particles = chain_;
        state.push();
    }
    void before_forces(State& state) override {
        put_thermostat(state);
        kick(backend_, state, 0.5 * constants_.dt);
        drift(backend_, state, constants_.dt);
    }
    void after_forces(State& state) override {
        kick(backend_, state, 0.5 * constants_.dt);
        measure(backend_, state);
        put_thermostat(state);
    }
    double reservoir_energy(const State& state) const override { return state.ensemble.particles.energy(); }
    std::vector<double> memory(const State& state) const override {
        const NoseHooverChain& chain = state.ensemble.particles;
        return {chain.values(), chain.values() + chain.n_values()};
    }
    void recall(State& state, std::span<const double> memory) override {
        std::copy(memory.begin(), memory.end(), state.ensemble.particles.values());
        state.push();
    }

private:
    void put_thermostat(State& state) {
        backend_.ensemble_step({EnsembleStep::nose_hoover, constants_, state.in_backend()});
        scale_velocities(backend_, state);
    }

    Backend& backend_;
    EnsembleConstants constants_;
    NoseHooverChain chain_;  // at rest
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const NoseHoover& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<NoseHooverIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
