// Constant temperature and pressure after Martyna, Tobias and Klein (J. Chem. Phys. 101, 4177, 1994), with the
// measure-preserving splitting of Tuckerman et al. (J. Phys. A 39, 5629, 2006).
//
// With rows as lattice vectors h, the symmetric matrix g of cell velocities (1/fs), its mass W and chains of
// thermostats u (particles) and w (barostat), in row-vector convention:
//
//   dr/dt = v + r g                          dh/dt = h g
//   m dv/dt = F - m v (g + tr(g)/N_f) - m u v
//   W dg/dt = sum m v (x) v + virial - P V + (1/N_f) sum m v^2 - W w g
//
// The virial is symmetrised, so g stays symmetric and the cell does not rotate. Isotropic coupling is the same motion
// with the right-hand side replaced by a third of its trace: g = e 1, with the mass 3 W for e. The conserved energy is
// K + U + P V + W tr(g g)/2 + both chains; the barostat has 6 degrees of freedom, or 1. W = (N_f + 3) kT tau_p^2 / 3.
// Fixed atoms have v = 0, so they keep their fractional coordinates; N_f counts free atoms only, the virial all atoms.
// The arithmetic is MtkStep in backend/ensemble_step.hpp.
#include <algorithm>

#include "md/constants.hpp"
#include "md/integrator.hpp"

namespace dpmd::md {
namespace {

class MtkIntegrator final : public Integrator {
public:
    MtkIntegrator(const Mtk& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend), constants_(setup.constants()) {
        const double kT = boltzmann * ensemble.temperature;
        const bool isotropic = ensemble.coupling == Coupling::isotropic;
        constants_.isotropic = isotropic;
        constants_.pressure = ensemble.pressure / bar_per_ev_per_cubic_angstrom;
        constants_.cell_mass = (setup.degrees_of_freedom + 3) * boltzmann * ensemble.temperature *
                               ensemble.pressure_damping * ensemble.pressure_damping / 3;
        start_.particles = NoseHooverChain(ensemble.chain, setup.degrees_of_freedom, kT, ensemble.damping);
        start_.barostat = NoseHooverChain(ensemble.chain, isotropic ? 1 : 6, kT, ensemble.pressure_damping);
    }

    void begin(State& state) override {
        state.ensemble = start_;
        state.push();
    }

    void before_forces(State& state) override {
        put(state, EnsembleStep::mtk_before);
        scale_velocities(backend_, state);
        kick(backend_, state, 0.5 * constants_.dt, true);
        drift(backend_, state, constants_.dt, true);
        put(state, EnsembleStep::mtk_move_cell);
    }

    void after_forces(State& state) override {
        kick(backend_, state, 0.5 * constants_.dt, true);  // the cell velocity is that of the first half
        measure(backend_, state);
        put(state, EnsembleStep::mtk_after);
        scale_velocities(backend_, state);
    }

    double reservoir_energy(const State& state) const override {
        const Matrix3& g = state.ensemble.cell_velocity;
        double squares = 0;
        for (int i = 0; i < 3; ++i) squares += dot(g[i], g[i]);
        return 0.5 * constants_.cell_mass * squares + constants_.pressure * state.lattice.volume() +
               state.ensemble.particles.energy() + state.ensemble.barostat.energy();
    }

    /// The cell velocity [3][3], then the chains.
    std::vector<double> memory(const State& state) const override {
        const EnsembleVariables& e = state.ensemble;
        std::vector<double> out(&e.cell_velocity.m[0][0], &e.cell_velocity.m[0][0] + 9);
        for (const NoseHooverChain* chain : {&e.particles, &e.barostat})
            out.insert(out.end(), chain->values(), chain->values() + chain->n_values());
        return out;
    }
    void recall(State& state, std::span<const double> memory) override {
        EnsembleVariables& e = state.ensemble;
        const auto chain = std::size_t(e.particles.n_values());
        std::copy_n(memory.begin(), 9, &e.cell_velocity.m[0][0]);
        std::copy_n(memory.begin() + 9, chain, e.particles.values());
        std::copy_n(memory.begin() + 9 + std::ptrdiff_t(chain), chain, e.barostat.values());
        state.push();
    }

private:
    void put(State& state, EnsembleStep what) { backend_.ensemble_step({what, constants_, state.in_backend()}); }

    Backend& backend_;
    EnsembleConstants constants_;
    EnsembleVariables start_;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Mtk& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<MtkIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
