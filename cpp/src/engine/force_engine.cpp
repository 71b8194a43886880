#include "engine/force_engine.hpp"

#include <algorithm>
#include <utility>

#include "comm/together.hpp"
#include "core/clock.hpp"
#include "engine/parameters.hpp"
#include "engine/sum_over_ranks.hpp"

namespace dpmd {

ForceEngine::ForceEngine(const RunnableModel& model, std::shared_ptr<Backend> backend, double skin,
                         std::shared_ptr<Communicator> ranks)
    : backend_(std::move(backend)),
      models_(*backend_),
      list_(backend_, traits_of(*model.data).cutoff, skin, std::move(ranks)),
      aparam_(backend_->memory()),
      staging_(backend_->memory()) {
    models_.add(model);
}

void ForceEngine::add_model(const RunnableModel& other) {
    models_.add(other);
    const double cutoff = models_.traits(models_.size() - 1).cutoff;
    if (cutoff <= list_.cutoff()) return;
    list_.set_cutoff(cutoff);
    discard_list();
}

void ForceEngine::build_list_at(const AtomsView& atoms, const Lattice& lattice) {
    together(list_.ranks(), [&] { check_atoms(*backend_, atoms, n_types()); });
    discard_list();  // a build that fails leaves nothing to update
    list_.build(atoms, lattice, n_types());
    checked_types_.resize(std::size_t(atoms.n));
    backend_->memory().copy_out(checked_types_.data(), atoms.types, checked_types_.size() * sizeof(std::int32_t));
    list_is_built_ = true;
}

bool ForceEngine::needs_list(const ForceCall& call) {
    const std::int64_t start = nanoseconds();
    answer_ = !has_list_for(call);
    list_nanoseconds_ += nanoseconds() - start;
    return *answer_;
}

/// Whether the list was built for these atoms, and still holds their neighbours.
bool ForceEngine::has_list_for(const ForceCall& call) {
    const auto n = std::size_t(call.atoms.n);
    if (!list_is_built_ || list_.skin() == 0 || call.lattice.periodic != list_.reference_lattice().periodic)
        return false;
    if (list_.ranks().size() > 1) return list_.is_valid(call.atoms, call.lattice);  // types do not change in a run
    if (checked_types_.size() != n) return false;
    if (!call.same_types) {
        const std::int32_t* types = call.atoms.types;
        std::vector<std::int32_t> copied;
        if (!backend_->memory().is_host()) {
            copied.resize(n);
            backend_->memory().copy_out(copied.data(), types, n * sizeof(std::int32_t));
            types = copied.data();
        }
        if (!std::equal(types, types + n, checked_types_.data())) return false;
    }
    return list_.is_valid(call.atoms, call.lattice);
}

Evaluation ForceEngine::evaluation(const ForceCall& call, Part part) const {
    const AtomGroups& groups = list_.groups();
    Evaluation out;
    out.neighborhood = {
        call.atoms.n,      list_.n_total(),
        list_.positions(), list_.types(),
        list_.neighbors(), part == Part::all ? groups.all() : part == Part::inner ? groups.inner() : groups.outer()};
    out.neighborhood.first_type = call.first_type;
    out.aparam = aparam_.data();
    out.begins = part != Part::outer;
    out.ends = part != Part::inner;
    return out;
}

/// Atomic parameters in the list's order.
void ForceEngine::take_parameters(const ForceCall& call) {
    const auto n_aparam = std::size_t(models_.traits(0).n_aparam);
    aparam_.resize_with_slack(std::size_t(call.atoms.n) * n_aparam);
    if (n_aparam > 0)
        backend_->take_atoms(
            {call.atoms.n, static_cast<int>(n_aparam), list_.order(), call.aparam.data(), aparam_.data()});
}

void ForceEngine::evaluate(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs, Part part,
                           bool may_defer) {
    take_parameters(call);
    Evaluation asked = evaluation(call, part);
    asked.may_defer = may_defer;
    asked.first_model = first;
    models_.evaluate(asked, call.fparam, outputs);
}

/// Adds what ghosts hold to their owners, and writes the values in the caller's order.
void ForceEngine::give_back(int width, MirroredArray<std::int64_t>& fixed, double* to) {
    const std::int64_t start = nanoseconds();
    list_.reverse(width, fixed.data());
    if (list_.ranks().size() > 1) halo_nanoseconds_ += nanoseconds() - start;
    backend_->return_atoms({list_.n_owned(), width, list_.order(), nullptr, fixed.data(), to});
}

/// Brings the list and its positions up to date, with ghosts of other ranks still on their way. Returns whether the
/// list was built anew.
bool ForceEngine::update_list(const ForceCall& call) {
    const bool alone = list_.ranks().size() == 1;
    const auto check = [&] {
        require_counts(models_.traits(0), {call.fparam, call.aparam}, std::size_t(call.atoms.n));
    };
    if (alone) check();
    const std::int64_t start = nanoseconds();
    const std::optional<bool> known = std::exchange(answer_, std::nullopt);
    const bool rebuilds = known ? *known : !has_list_for(call);
    if (rebuilds) {
        if (!alone) together(list_.ranks(), check);  // the steps that follow use the same parameters
        build_list_at(call.atoms, call.lattice);
    } else {
        list_.start_update(call.atoms, call.lattice);
        if (alone) list_.finish_update();
    }
    list_nanoseconds_ += nanoseconds() - start;
    return rebuilds;
}

void ForceEngine::evaluate_with_halo(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs,
                                     bool rebuilt) {
    if (rebuilt || list_.ranks().size() == 1) return evaluate(call, first, outputs, Part::all, false);
    evaluate(call, first, outputs, Part::inner, false);
    const std::int64_t waits = nanoseconds();
    list_.finish_update();
    halo_nanoseconds_ += nanoseconds() - waits;
    evaluate(call, first, outputs, Part::outer, false);
}

/// Adds up the sums over all ranks, and writes the values of atoms.
ForceTotals ForceEngine::collect(const ForceCall& call, std::size_t model, const ForceOutputs& to) {
    const ForceTotals totals = add_up(model);
    give_back(3, models_.forces(model), to.forces);
    if (to.atom_virials != nullptr) give_back(9, models_.atom_virials(model), to.atom_virials);
    if (to.atom_energies != nullptr)
        backend_->return_atoms(
            {call.atoms.n, 1, list_.order(), models_.atom_energies(model).data(), nullptr, to.atom_energies});
    return totals;
}

/// The sums over all ranks. When one rank has failed, this throws on all of them.
ForceTotals ForceEngine::add_up(std::size_t model) {
    EvaluateTotals found = models_.totals(model);
    const bool has_failed = found.status.fault != EvaluateFault::none;
    const bool any_has_failed = sum_over_ranks(list_.ranks(), found);
    if (list_.ranks().size() > 1) models_.set_totals(model, found);
    if (any_has_failed)
        together(list_.ranks(), [&] {
            if (has_failed) fail(model, found.status);
        });
    ForceTotals totals;
    totals.energy = found.energy.value();
    for (std::size_t k = 0; k < 9; ++k) totals.virial[k] = found.virial[k].value();
    return totals;
}

ForceTotals ForceEngine::compute(const ForceCall& call) {
    const bool rebuilt = update_list(call);
    evaluate_with_halo(call, 0, call.outputs(), rebuilt);
    ForceTotals totals = collect(call, 0, call);
    totals.rebuilt = rebuilt;
    return totals;
}

std::vector<ForceTotals> ForceEngine::compute_models(const ForceCall& call, std::size_t first,
                                                     std::span<const ForceOutputs> outputs) {
    const bool rebuilt = update_list(call);
    evaluate_with_halo(call, first, outputs, rebuilt);
    std::vector<ForceTotals> totals;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        totals.push_back(collect(call, first + k, outputs[k]));
        totals.back().rebuilt = rebuilt;
    }
    return totals;
}

void ForceEngine::fail(std::size_t model, const EvaluateStatus& status) const {
    Memory& memory = backend_->memory();
    models_.fail(model, status, memory.element(list_.types(), std::size_t(status.atom)),
                 [&](std::int32_t place) { return memory.element(list_.ids(), std::size_t(place)); });
}

std::vector<StageTime> ForceEngine::stage_times() const {
    std::vector<StageTime> out{{"neighbors", 1e-9 * double(list_nanoseconds_)}};
    if (list_.ranks().size() > 1) out.push_back({"halo", 1e-9 * double(halo_nanoseconds_)});
    for (const StageSeconds& time : evaluator().stage_times()) out.push_back({time.stage, time.seconds});
    return out;
}

std::size_t ForceEngine::bytes() const {
    return models_.bytes() + list_.bytes() + aparam_.bytes() + staging_.bytes() +
           checked_types_.capacity() * sizeof(std::int32_t);
}

}  // namespace dpmd
