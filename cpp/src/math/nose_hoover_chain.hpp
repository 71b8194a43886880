#pragma once
// A chain of Nosé-Hoover thermostats on some degrees of freedom (Martyna, Klein and Tuckerman, J. Chem. Phys. 97, 2635,
// 1992), integrated as in Martyna, Tuckerman, Tobias and Klein, Mol. Phys. 87, 1117 (1996).
#include <cmath>

#include "math/hd.hpp"

namespace dpmd {

inline constexpr int longest_chain = 16;

/// Masses Q_1 = N_f kT tau^2 and Q_k = kT tau^2. The chain adds to the energy
/// sum_k Q_k u_k^2 / 2 + N_f kT xi_1 + kT sum_{k>1} xi_k, with du_1/dt = (2K - N_f kT)/Q_1 - u_1 u_2 and so on.
class NoseHooverChain {
public:
    NoseHooverChain() = default;
    /// `kT` in eV, `tau` in fs; the chain holds `degrees_of_freedom` at kT/2 each.
    NoseHooverChain(int length, int degrees_of_freedom, double kT, double tau)
        : length_(length),
          target_(degrees_of_freedom * kT),
          kT_(kT),
          first_mass_(degrees_of_freedom * kT * tau * tau),
          mass_(kT * tau * tau) {}

    /// Advances the chain by `dt`, coupled to degrees of freedom with the given sum of m v^2, eV; returns the factor by
    /// which it scales their velocities. The weights are Suzuki's fourth-order ones, w = 1/(4 - 4^(1/3)), with 1 - 4 w
    /// in the middle (Phys. Lett. A 146, 319, 1990).
    DPMD_HD double advance(double twice_kinetic_energy, double dt) {
        constexpr double outer = 0.41449077179437573714;
        double scale = 1;
        for (int part = 0; part < 5; ++part) {
            const double h = (part == 2 ? 1 - 4 * outer : outer) * dt;
            for (int k = length_ - 1; k >= 0; --k) push(k, force(k, twice_kinetic_energy * scale * scale), 0.5 * h);
            scale *= ::exp(-h * velocity(0));
            for (int k = 0; k < length_; ++k) values_[k] += h * velocity(k);
            for (int k = 0; k < length_; ++k) push(k, force(k, twice_kinetic_energy * scale * scale), 0.5 * h);
        }
        return scale;
    }

    DPMD_HD double energy() const {
        double sum = target_ * position(0);
        for (int k = 1; k < length_; ++k) sum += kT_ * position(k);
        for (int k = 0; k < length_; ++k) sum += 0.5 * mass(k) * velocity(k) * velocity(k);
        return sum;
    }

    /// xi_k [length], then u_k [length].
    int n_values() const { return 2 * length_; }
    const double* values() const { return values_; }
    double* values() { return values_; }

private:
    DPMD_HD double position(int k) const { return values_[k]; }
    DPMD_HD double velocity(int k) const { return values_[length_ + k]; }
    DPMD_HD double mass(int k) const { return k == 0 ? first_mass_ : mass_; }
    DPMD_HD double force(int k, double twice_kinetic_energy) const {
        if (k == 0) return (twice_kinetic_energy - target_) / first_mass_;
        return (mass(k - 1) * velocity(k - 1) * velocity(k - 1) - kT_) / mass_;
    }
    /// Advances u_k under its force for dt, between two halves of the friction of thermostat k + 1.
    DPMD_HD void push(int k, double force, double dt) {
        double& u = values_[length_ + k];
        const double friction = k + 1 < length_ ? ::exp(-0.5 * dt * velocity(k + 1)) : 1.0;
        u = (u * friction + force * dt) * friction;
    }

    int length_ = 0;
    double target_ = 0, kT_ = 0, first_mass_ = 1, mass_ = 1;
    double values_[2 * longest_chain] = {};
};

}  // namespace dpmd
