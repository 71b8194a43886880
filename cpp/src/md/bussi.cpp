// Stochastic velocity rescaling (Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101, 2007): velocity Verlet,
// then the kinetic energy K takes an exact step of dK = (K0 - K) dt/tau + 2 sqrt(K K0 / N_f) dW / sqrt(tau), with K0 =
// N_f kT / 2, by scaling all velocities with the factor of eq. A7 (rescale_factor in backend/ensemble_step.hpp).
#include "md/constants.hpp"
#include "md/integrator.hpp"

namespace dpmd::md {
namespace {

class BussiIntegrator final : public Integrator {
public:
    BussiIntegrator(const Bussi& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend), constants_(setup.constants()) {
        constants_.decay = std::exp(-setup.timestep / ensemble.damping);
        constants_.target = 0.5 * setup.degrees_of_freedom * boltzmann * ensemble.temperature;
    }

    void before_forces(State& state) override {
        kick(backend_, state, 0.5 * constants_.dt);
        drift(backend_, state, constants_.dt);
    }
    void after_forces(State& state) override {
        kick(backend_, state, 0.5 * constants_.dt);
        measure(backend_, state);
        backend_.ensemble_step({EnsembleStep::rescale, constants_, state.in_backend()});
        scale_velocities(backend_, state);
        measure(backend_, state);
        backend_.ensemble_step({EnsembleStep::add_heat, constants_, state.in_backend()});
    }
    double reservoir_energy(const State& state) const override { return -state.ensemble.heat; }
    std::vector<double> memory(const State& state) const override { return {state.ensemble.heat}; }
    void recall(State& state, std::span<const double> memory) override {
        state.ensemble.heat = memory[0];
        state.push();
    }

private:
    Backend& backend_;
    EnsembleConstants constants_;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Bussi& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<BussiIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
