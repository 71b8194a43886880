#include "md/snapshot.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "core/text.hpp"
#include "md/gather.hpp"
#include "md/motion.hpp"

namespace dpmd::md {
namespace {

template <class T>
std::vector<T> to_vector(std::span<const T> values) {
    return {values.begin(), values.end()};
}

}  // namespace

void take_snapshot(const State& state, const Integrator& integrator, const Forces& forces, Checkpoint& to) {
    const VerletList& list = forces.engine().list();
    const Lattice& list_lattice = list.reference_lattice();
    to.step = state.step;
    to.energy = state.energy;
    to.box = state.box;
    const Gather gather(state);
    const auto types = gather.at_first(state.types);
    to.types.assign(types.rows.begin(), types.rows.end());
    to.fixed.assign(state.fixed.begin(), state.fixed.end());
    to.positions = to_vector(gather.at_first(state.positions).rows);
    to.velocities = to_vector(gather.at_first(state.velocities).rows);
    const std::vector<double> list_positions = list.reference_positions();
    to.list_positions = to_vector(gather.at_first(std::span(list_positions)).rows);
    to.list_box.periodic = list_lattice.periodic;
    std::copy_n(&list_lattice.cell.m[0][0], 9, to.list_box.cell.begin());
    to.ensemble_memory = integrator.memory(state);
    to.fparam = to_vector(forces.fparam());
    to.aparam = to_vector(gather.at_first(state.aparam).rows);
}

void recall_snapshot(const Checkpoint& checkpoint, State& state, Integrator& integrator, Forces& forces) {
    const std::size_t n_variables = integrator.memory(state).size();
    if (n_variables != checkpoint.ensemble_memory.size())
        throw InputError(concat("the checkpoint holds ", checkpoint.ensemble_memory.size(),
                                " variables of the ensemble, not ", n_variables));
    state.step = checkpoint.step;
    state.push();
    integrator.recall(state, checkpoint.ensemble_memory);
    measure(forces.engine().backend(), state);
    pull_motion(state);
    forces.build_list_at(checkpoint.list_positions, Lattice(checkpoint.list_box));
}

}  // namespace dpmd::md
