#pragma once
// A chain of Nosé-Hoover thermostats on some degrees of freedom (Martyna, Klein and Tuckerman, J. Chem. Phys. 97, 2635,
// 1992), integrated as in Martyna, Tuckerman, Tobias and Klein, Mol. Phys. 87, 1117 (1996).
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace dpmd::md {

inline constexpr int longest_chain = 16;

/// Masses Q_1 = N_f kT tau^2 and Q_k = kT tau^2. The chain adds to the energy
/// sum_k Q_k u_k^2 / 2 + N_f kT xi_1 + kT sum_{k>1} xi_k, with du_1/dt = (2K - N_f kT)/Q_1 - u_1 u_2 and so on.
class NoseHooverChain {
public:
    /// `kT` eV, `tau` fs; on `degrees_of_freedom` that the chain holds at kT/2 each.
    NoseHooverChain(int length, int degrees_of_freedom, double kT, double tau);

    /// Moves the chain on by `dt` next to degrees of freedom with the given sum of m v^2, eV; returns the factor by
    /// which it changes their velocities.
    double advance(double twice_kinetic_energy, double dt);
    double energy() const;

    /// xi_k [length], then u_k [length].
    std::span<const double> memory() const { return {values_.data(), 2 * std::size_t(length_)}; }
    void recall(std::span<const double> memory) { std::copy(memory.begin(), memory.end(), values_.begin()); }

private:
    double position(int k) const { return values_[std::size_t(k)]; }
    double velocity(int k) const { return values_[std::size_t(length_ + k)]; }
    double mass(int k) const { return k == 0 ? first_mass_ : mass_; }
    double force(int k, double twice_kinetic_energy) const;
    void push(int k, double force, double dt);

    int length_;
    double target_, kT_, first_mass_, mass_;
    std::array<double, 2 * longest_chain> values_{};
};

}  // namespace dpmd::md
