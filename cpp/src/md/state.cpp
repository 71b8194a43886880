#include "md/state.hpp"

#include <algorithm>

#include "md/constants.hpp"

namespace dpmd::md {
namespace {

template <class T>
void copy_to(Array<T>& to, std::span<const T> from) {
    to.resize_discard(from.size());
    std::copy(from.begin(), from.end(), to.begin());
}

}  // namespace

State::State(const StateStart& start)
    : n(static_cast<std::int32_t>(start.types.size())), box(start.box), lattice(start.box) {
    copy_to(types, start.types);
    copy_to(positions, start.positions);
    copy_to(mass, start.masses);
    inverse_mass.resize_discard(mass.size());
    for (std::size_t t = 0; t < mass.size(); ++t) {
        mass[t] *= atomic_mass_unit;
        inverse_mass[t] = 1 / mass[t];
    }
    const std::size_t n_atoms = types.size();
    ids.resize_discard(n_atoms);
    for (std::size_t i = 0; i < n_atoms; ++i) {
        ids[i] = static_cast<std::int64_t>(i);
        total_mass += mass[std::size_t(types[i])];
    }
    velocities.resize_discard(3 * n_atoms);
    velocities.fill(0);
    std::copy(start.velocities.begin(), start.velocities.end(), velocities.begin());
    forces.resize_discard(3 * n_atoms);
    forces.fill(0);
}

void State::set_cell(const Matrix3& cell) {
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k) box.cell[3 * i + k] = cell[int(i)][k];
    lattice = Lattice(box);
}

}  // namespace dpmd::md
