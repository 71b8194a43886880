// Velocity Verlet.
#include "md/integrator.hpp"

namespace dpmd::md {
namespace {

class NveIntegrator final : public Integrator {
public:
    explicit NveIntegrator(const IntegratorSetup& setup) : backend_(setup.backend), dt_(setup.timestep) {}

    void before_forces(State& state) override {
        kick(backend_, state, 0.5 * dt_);
        drift(backend_, state, dt_);
    }
    void after_forces(State& state) override { kick(backend_, state, 0.5 * dt_); }

private:
    Backend& backend_;
    double dt_;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Nve&, const IntegratorSetup& setup) {
    return std::make_unique<NveIntegrator>(setup);
}

}  // namespace dpmd::md
