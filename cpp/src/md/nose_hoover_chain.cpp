#include "md/nose_hoover_chain.hpp"

#include <cmath>

namespace dpmd::md {
namespace {

// Suzuki's fourth-order weights 1 / (4 - 4^(1/3)), with 1 - 4 w in the middle (Phys. Lett. A 146, 319, 1990).
constexpr double outer_weight = 0.41449077179437573714;
constexpr double weights[] = {outer_weight, outer_weight, 1 - 4 * outer_weight, outer_weight, outer_weight};

}  // namespace

NoseHooverChain::NoseHooverChain(int length, int degrees_of_freedom, double kT, double tau)
    : length_(length),
      target_(degrees_of_freedom * kT),
      kT_(kT),
      first_mass_(degrees_of_freedom * kT * tau * tau),
      mass_(kT * tau * tau) {}

double NoseHooverChain::force(int k, double twice_kinetic_energy) const {
    if (k == 0) return (twice_kinetic_energy - target_) / first_mass_;
    return (mass(k - 1) * velocity(k - 1) * velocity(k - 1) - kT_) / mass_;
}

/// u_k by its force for dt, between two halves of the friction of thermostat k + 1.
void NoseHooverChain::push(int k, double force, double dt) {
    double& u = values_[std::size_t(length_ + k)];
    const double friction = k + 1 < length_ ? std::exp(-0.5 * dt * velocity(k + 1)) : 1.0;
    u = (u * friction + force * dt) * friction;
}

double NoseHooverChain::advance(double twice_kinetic_energy, double dt) {
    double scale = 1;
    for (const double weight : weights) {
        const double h = weight * dt;
        const auto twice_kinetic_now = [&] { return twice_kinetic_energy * scale * scale; };
        for (int k = length_ - 1; k >= 0; --k) push(k, force(k, twice_kinetic_now()), 0.5 * h);
        scale *= std::exp(-h * velocity(0));
        for (int k = 0; k < length_; ++k) values_[std::size_t(k)] += h * velocity(k);
        for (int k = 0; k < length_; ++k) push(k, force(k, twice_kinetic_now()), 0.5 * h);
    }
    return scale;
}

double NoseHooverChain::energy() const {
    double sum = target_ * position(0);
    for (int k = 1; k < length_; ++k) sum += kT_ * position(k);
    for (int k = 0; k < length_; ++k) sum += 0.5 * mass(k) * velocity(k) * velocity(k);
    return sum;
}

}  // namespace dpmd::md
