#include "md/state.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "md/constants.hpp"

namespace dpmd::md {

namespace {

/// Rows first to last of [n][width].
template <class T>
std::span<const T> rows(std::span<const T> all, std::size_t first, std::size_t last, std::size_t width) {
    return all.subspan(first * width, (last - first) * width);
}

}  // namespace

State::State(const StateStart& start, Memory& memory, std::shared_ptr<Communicator> all_ranks)
    : ranks(std::move(all_ranks)),
      n_total(static_cast<std::int64_t>(start.types.size())),
      ids(memory),
      types(memory),
      mass_classes(memory),
      mass(memory),
      inverse_mass(memory),
      positions(memory),
      velocities(memory),
      forces(memory),
      aparam(memory),
      fixed(start.fixed.begin(), start.fixed.end()),
      box(start.box),
      lattice(start.box),
      memory_(&memory),
      step_state_(1, memory) {
    const std::size_t all = start.types.size(), n_ranks = std::size_t(ranks->size()), rank = std::size_t(ranks->rank());
    const std::size_t first = all * rank / n_ranks, last = all * (rank + 1) / n_ranks;
    n = static_cast<std::int32_t>(last - first);
    if (all > 0) first_type = std::max(start.types.front(), std::int32_t(0));
    n_aparam = all > 0 ? start.aparam.size() / all : 0;
    types.assign(rows(start.types, first, last, 1));
    positions.assign(rows(start.positions, first, last, 3));
    aparam.assign(rows(start.aparam, first, last, n_aparam));
    std::ranges::sort(fixed);
    set_masses(start, first, last);
    std::vector<std::int64_t> numbers(last - first);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::int64_t>(first));
    ids.assign(numbers);
    const std::vector<double> zeros(3 * (last - first), 0.0);
    velocities.assign(start.velocities.empty() ? std::span<const double>(zeros)
                                               : rows(start.velocities, first, last, 3));
    forces.assign(zeros);
    cell = lattice.cell;
    push();
}

/// The class of an atom is its type, or the one after all types when it is fixed.
void State::set_masses(const StateStart& start, std::size_t first, std::size_t last) {
    std::vector<double> masses, inverse;
    for (const double m : start.masses) {
        masses.push_back(m * atomic_mass_unit);
        inverse.push_back(1 / masses.back());
    }
    for (const std::int32_t type : start.types) total_mass += masses[std::size_t(type)];
    std::vector<std::int32_t> classes(start.types.begin(), start.types.end());
    for (const std::int32_t atom : fixed) classes[std::size_t(atom)] = static_cast<std::int32_t>(masses.size());
    masses.push_back(0);
    inverse.push_back(0);
    mass.assign(masses);
    inverse_mass.assign(inverse);
    mass_classes.assign(rows(std::span<const std::int32_t>(classes), first, last, 1));
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
