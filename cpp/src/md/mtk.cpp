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
// with the right-hand side replaced by a third of its trace: g = e 1, with the mass 3 W for e. Conserved: K + U + P V +
// W tr(g g)/2 + both chains; the barostat has 6 degrees of freedom, or 1. W = (N_f + 3) kT tau_p^2 / 3.
#include "math/symmetric_matrix.hpp"
#include "md/constants.hpp"
#include "md/integrator.hpp"
#include "md/nose_hoover_chain.hpp"

namespace dpmd::md {
namespace {

Matrix3 full_tensor(const std::array<double, 6>& t) {
    return {{{t[0], t[3], t[4]}, {t[3], t[1], t[5]}, {t[4], t[5], t[2]}}};
}

double trace(const Matrix3& a) { return a[0][0] + a[1][1] + a[2][2]; }

class MtkIntegrator final : public Integrator {
public:
    MtkIntegrator(const Mtk& ensemble, const IntegratorSetup& setup)
        : backend_(setup.backend),
          dt_(setup.timestep),
          isotropic_(ensemble.coupling == Coupling::isotropic),
          n_f_(setup.degrees_of_freedom),
          pressure_(ensemble.pressure / bar_per_ev_per_cubic_angstrom),
          cell_mass_((setup.degrees_of_freedom + 3) * boltzmann * ensemble.temperature * ensemble.pressure_damping *
                     ensemble.pressure_damping / 3),
          particles_(ensemble.chain, setup.degrees_of_freedom, boltzmann * ensemble.temperature, ensemble.damping),
          barostat_(ensemble.chain, isotropic_ ? 1 : 6, boltzmann * ensemble.temperature, ensemble.pressure_damping) {}

    void before_forces(State& state) override {
        scale_cell_velocity(barostat_.advance(twice_cell_kinetic(), 0.5 * dt_));
        const double scale = particles_.advance(state.motion.twice_kinetic_energy(), 0.5 * dt_);
        scale_velocities(backend_, state, scale);
        push_cell(state, state.motion, scale * scale);
        half_kick(state);
        move(state);
    }

    void after_forces(State& state) override {
        half_kick(state);
        const Motion motion = measure(backend_, state);
        push_cell(state, motion, 1);
        scale_velocities(backend_, state, particles_.advance(motion.twice_kinetic_energy(), 0.5 * dt_));
        scale_cell_velocity(barostat_.advance(twice_cell_kinetic(), 0.5 * dt_));
    }

    double reservoir_energy(const State& state) const override {
        return 0.5 * twice_cell_kinetic() + pressure_ * state.lattice.volume() + particles_.energy() +
               barostat_.energy();
    }

    /// The cell velocity [3][3], then the chains.
    std::vector<double> memory() const override {
        std::vector<double> out(&cell_velocity_.m[0][0], &cell_velocity_.m[0][0] + 9);
        out.insert(out.end(), particles_.memory().begin(), particles_.memory().end());
        out.insert(out.end(), barostat_.memory().begin(), barostat_.memory().end());
        return out;
    }
    void recall(std::span<const double> memory) override {
        std::copy_n(memory.begin(), 9, &cell_velocity_.m[0][0]);
        const std::size_t chain = particles_.memory().size();
        particles_.recall(memory.subspan(9, chain));
        barostat_.recall(memory.subspan(9 + chain, chain));
    }

private:
    /// W tr(g g), eV.
    double twice_cell_kinetic() const {
        double sum = 0;
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) sum += cell_velocity_[i][j] * cell_velocity_[i][j];
        return cell_mass_ * sum;
    }

    void scale_cell_velocity(double factor) {
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) cell_velocity_[i][j] *= factor;
    }

    /// Half a step of g, with `kinetic_scale` times the kinetic tensor of `motion`.
    void push_cell(const State& state, const Motion& motion, double kinetic_scale) {
        const Matrix3 kinetic = full_tensor(motion.kinetic_tensor);
        const double push = 0.5 * dt_ / cell_mass_;
        const double diagonal = kinetic_scale * trace(kinetic) / n_f_ - pressure_ * state.lattice.volume();
        Matrix3 force{};
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                force[i][j] = kinetic_scale * kinetic[i][j] + 0.5 * (state.virial[i][j] + state.virial[j][i]) +
                              (i == j ? diagonal : 0);
        if (isotropic_) {
            const double third = trace(force) / 3;
            force = {{{third, 0, 0}, {0, third, 0}, {0, 0, third}}};
        }
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) cell_velocity_[i][j] += push * force[i][j];
    }

    /// dv/dt = F/m - v a with a = g + tr(g)/N_f, exactly for half a step.
    void half_kick(State& state) {
        const double t = 0.5 * dt_;
        Matrix3 a = cell_velocity_;
        for (int i = 0; i < 3; ++i) a[i][i] += trace(cell_velocity_) / n_f_;
        const Eigensystem system = diagonalize(a);
        kick(backend_, state, t, apply(system, [t](double x) { return std::exp(-x * t); }),
             apply(system, [t](double x) { return std::exp(-0.5 * x * t) * sinhc(0.5 * x * t); }));
    }

    /// dr/dt = v + r g and dh/dt = h g, exactly for a step.
    void move(State& state) {
        const double t = dt_;
        const Eigensystem system = diagonalize(cell_velocity_);
        const Matrix3 stretch = apply(system, [t](double x) { return std::exp(x * t); });
        drift(backend_, state, t, stretch,
              apply(system, [t](double x) { return std::exp(0.5 * x * t) * sinhc(0.5 * x * t); }));
        state.set_cell(product(state.lattice.cell, stretch));
    }

    Backend& backend_;
    double dt_;
    bool isotropic_;
    int n_f_;
    double pressure_;          // eV/Å^3
    double cell_mass_;         // W, eV fs^2
    Matrix3 cell_velocity_{};  // g, 1/fs
    NoseHooverChain particles_, barostat_;
};

}  // namespace

std::unique_ptr<Integrator> make_integrator(const Mtk& ensemble, const IntegratorSetup& setup) {
    return std::make_unique<MtkIntegrator>(ensemble, setup);
}

}  // namespace dpmd::md
