#include "md/forces.hpp"

#include <algorithm>
#include <utility>

namespace dpmd::md {

Forces::Forces(ForceEngine& engine, State& state, Migration migration, std::vector<double> fparam)
    : engine_(engine), state_(state), migration_(std::move(migration)), fparam_(std::move(fparam)) {
    migrate();
}

/// Sends atoms to the ranks that own their parts of the box.
void Forces::migrate() {
    if (is_alone()) return;
    migration_.distribute(state_, state_.positions.on_host(), state_.lattice);
    engine_.set_decomposition(migration_.decomposition());
}

void Forces::set_atoms(ForceCall& call) {
    call.atoms = {state_.n, state_.positions.data(), state_.types.data(), state_.ids.data()};
    call.aparam = {state_.aparam.data(), state_.aparam.size()};
    call.forces = state_.forces.data();
}

ForceCall Forces::force_call() {
    ForceCall call;
    set_atoms(call);
    call.lattice = state_.lattice;
    call.fparam = fparam_;
    call.same_types = true;
    call.first_type = state_.first_type;
    return call;
}

/// The engine brings the neighbour list up to date, evaluates the tiles and returns the ghosts' forces.
void Forces::compute() {
    ForceCall call = force_call();
    if (!is_alone() && engine_.needs_list(call)) {
        migrate();
        set_atoms(call);
    }
    const ForceTotals totals = engine_.compute(call);
    state_.energy = totals.energy;
    std::copy(totals.virial.begin(), totals.virial.end(), &state_.virial.m[0][0]);
    state_.push();
    if (!totals.rebuilt) return;
    list_interval_ = std::max<std::int64_t>(1, state_.step - list_step_);
    list_step_ = state_.step;
}

void Forces::put() { engine_.put_forces(force_call(), state_.in_backend()); }

std::vector<ModelForces> Forces::of_other_models(std::size_t first, std::size_t n_models) {
    const auto n = 3 * std::size_t(state_.n);
    Array<double> forces(n * n_models, state_.memory());
    std::vector<ForceOutputs> outputs(n_models);
    for (std::size_t k = 0; k < n_models; ++k) outputs[k].forces = forces.data() + k * n;
    const std::vector<ForceTotals> totals = engine_.compute_models(force_call(), first, outputs);
    std::vector<ModelForces> out;
    for (std::size_t k = 0; k < n_models; ++k) {
        std::vector<double>& mine =
            out.emplace_back(ModelForces{std::vector<double>(n), totals[k].energy, totals[k].virial}).forces;
        state_.memory().copy_out(mine.data(), outputs[k].forces, n * sizeof(double));
    }
    return out;
}

void Forces::build_list_at(std::span<const double> positions, const Lattice& lattice) {
    const auto mine = [&] {
        std::vector<double> out;
        for (const std::int64_t id : state_.ids.on_host())
            out.insert(out.end(), positions.begin() + 3 * id, positions.begin() + 3 * id + 3);
        return out;
    };
    if (!is_alone()) {
        migration_.distribute(state_, mine(), lattice);
        engine_.set_decomposition(migration_.decomposition());
    }
    Array<double> list_positions(state_.memory());
    list_positions.copy_in(mine());
    engine_.build_list_at({state_.n, list_positions.data(), state_.types.data(), state_.ids.data()}, lattice);
}

std::int64_t Forces::list_steps_left() const { return list_interval_ * 4 / 5 - (state_.step - list_step_); }

}  // namespace dpmd::md
