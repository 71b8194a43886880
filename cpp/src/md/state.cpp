#include "md/state.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "md/constants.hpp"

namespace dpmd::md {

State::State(const StateStart& start, Memory& memory)
    : n(static_cast<std::int32_t>(start.types.size())),
      ids(memory),
      types(memory),
      mass(memory),
      inverse_mass(memory),
      positions(memory),
      velocities(memory),
      forces(memory),
      box(start.box),
      lattice(start.box),
      step_state_(1, memory) {
    types.assign(start.types);
    positions.assign(start.positions);
    std::vector<double> masses(start.masses.begin(), start.masses.end()), inverse;
    for (double& m : masses) {
        m *= atomic_mass_unit;
        inverse.push_back(1 / m);
    }
    mass.assign(masses);
    inverse_mass.assign(inverse);
    std::vector<std::int64_t> numbers(start.types.size());
    std::iota(numbers.begin(), numbers.end(), std::int64_t(0));
    ids.assign(numbers);
    for (const std::int32_t type : start.types) total_mass += masses[std::size_t(type)];
    const std::vector<double> zeros(3 * start.types.size(), 0.0);
    velocities.assign(start.velocities.empty() ? std::span<const double>(zeros) : start.velocities);
    forces.assign(zeros);
    cell = lattice.cell;
    push();
}

void State::pull() {
    StepState& copy = *this;
    StepState now;
    step_state_.copy_out(&now);
    copy = now;
    if (!std::equal(&cell.m[0][0], &cell.m[0][0] + 9, &lattice.cell.m[0][0])) set_cell(cell);
}

void State::push() { step_state_.copy_in({static_cast<const StepState*>(this), 1}); }

void State::set_cell(const Matrix3& new_cell) {
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k) box.cell[3 * i + k] = new_cell[int(i)][k];
    lattice = Lattice(box);
}

}  // namespace dpmd::md
