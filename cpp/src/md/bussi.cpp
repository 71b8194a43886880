// Stochastic velocity rescaling (Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101, 2007): velocity Verlet,
// then the kinetic energy K takes an exact step of dK = (K0 - K) dt/tau + 2 sqrt(K K0 / N_f) dW / sqrt(tau), with K0 =
// N_f kT / 2, by the factor of eq. A7 on all velocities. The sign of the factor is that of eq. A8.
#include "md/constants.hpp"
#include "md/integrator.hpp"
#include "md/random_draws.hpp"

namespace dpmd::md {
namespace {

class BussiIntegrator final : public Integrator {
public:
    BussiIntegrator(const Bussi& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend),
          dt_(setup.timestep),
          seed_(setup.seed),
          degrees_of_freedom_(setup.degrees_of_freedom),
          decay_(std::exp(-setup.timestep / ensemble.damping)),
          target_(0.5 * setup.degrees_of_freedom * boltzmann * ensemble.temperature) {}

    void before_forces(State& state) override {
        kick(backend_, state, 0.5 * dt_);
        drift(backend_, state, dt_);
    }
    void after_forces(State& state) override {
        kick(backend_, state, 0.5 * dt_);
        const double kinetic = 0.5 * measure(backend_, state).twice_kinetic_energy();
        if (kinetic == 0) return;  // at rest there is nothing to scale
        scale_velocities(backend_, state, factor(kinetic, static_cast<std::uint64_t>(state.step)));
        heat_ += 0.5 * measure(backend_, state).twice_kinetic_energy() - kinetic;
    }
    double reservoir_energy(const State&) const override { return -heat_; }
    std::vector<double> memory() const override { return {heat_}; }
    void recall(std::span<const double> memory) override { heat_ = memory[0]; }

private:
    double factor(double kinetic, std::uint64_t step) const {
        RandomDraws draws({seed_, RandomStream::rescale, step});
        const double first = draws.normal(), rest = draws.sum_of_squares(degrees_of_freedom_ - 1);
        const double share = (1 - decay_) * target_ / (degrees_of_freedom_ * kinetic);
        const double squared = decay_ + share * (first * first + rest) + 2 * first * std::sqrt(decay_ * share);
        return std::copysign(std::sqrt(squared), first + std::sqrt(decay_ / share));
    }

    Backend& backend_;
    double dt_;
    std::uint64_t seed_;
    int degrees_of_freedom_;
    double decay_, target_;
    double heat_ = 0;  // that the thermostat brought in since the start, eV
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Bussi& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<BussiIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
