#include "engine/force_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "comm/together.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "engine/describe_fault.hpp"
#include "engine/inputs.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {
namespace {

std::span<const ForceOutputs> own_outputs(const ForceCall& call) {
    const ForceOutputs& outputs = call;
    return {&outputs, 1};
}

}  // namespace

ForceEngine::Staging::Staging(Memory& memory)
    : positions(memory),
      aparam(memory),
      forces(memory),
      atom_energies(memory),
      atom_virials(memory),
      types(memory),
      ids(memory) {}

ForceEngine::Member::Member(const RunnableModel& model, Backend& backend)
    : data(model.data),
      traits(traits_of(*model.data)),
      atom_energies(backend.memory()),
      forces(backend.memory()),
      atom_virials(backend.memory()),
      totals(1, backend.memory()) {
    const EvaluateTotals nothing;
    totals.copy_in({&nothing, 1});
}

ForceEngine::ForceEngine(const RunnableModel& model, std::shared_ptr<Backend> backend, double skin,
                         std::shared_ptr<Communicator> ranks)
    : backend_(std::move(backend)),
      evaluator_(backend_->make_evaluator({&model, 1})),
      list_(backend_, traits_of(*model.data).cutoff, skin, std::move(ranks)),
      aparam_(backend_->memory()),
      staging_(backend_->memory()) {
    members_.emplace_back(model, *backend_);
}

void ForceEngine::add_model(const RunnableModel& other) {
    require_same_inputs(model(), *other.data);
    members_.reserve(members_.size() + 1);
    evaluator_->add_model(other);
    members_.emplace_back(other, *backend_);
    const double cutoff = members_.back().traits.cutoff;
    if (cutoff <= list_.cutoff()) return;
    list_.set_cutoff(cutoff);
    discard_list();
}

/// One element of an array in backend memory.
template <class T>
T ForceEngine::element(const T* array, std::int32_t k) const {
    T value;
    backend_->memory().copy_out(&value, array + std::size_t(k), sizeof value);
    return value;
}

void ForceEngine::check_atoms(const AtomsView& atoms) const {
    CheckAtomsArgs args{atoms.n, atoms.positions, atoms.types, model().n_types()};
    backend_->check_atoms(args);
    if (args.bad < 0) return;
    double x[3];
    backend_->memory().copy_out(x, atoms.positions + 3 * std::size_t(args.bad), sizeof x);
    const std::int64_t id = atoms.ids != nullptr ? element(atoms.ids, args.bad) : args.bad;
    for (int k = 0; k < 3; ++k)
        if (!std::isfinite(x[k])) throw InputError(concat("positions[", id, "][", k, "] = ", x[k], " is not finite"));
    throw InputError(concat("types[", id, "] = ", element(atoms.types, args.bad),
                            " is not a type of this model, which has 0 to ", model().n_types() - 1,
                            " (and -1 for a virtual atom)"));
}

void ForceEngine::check(const ForceCall& call) const {
    const int n_fparam = traits().n_fparam, n_aparam = traits().n_aparam;
    if (!call.fparam.empty() && call.fparam.size() != std::size_t(n_fparam))
        throw InputError(concat("fparam has ", call.fparam.size(), " values; this model takes ", n_fparam));
    if (call.aparam.size() != std::size_t(n_aparam) * std::size_t(call.atoms.n))
        throw InputError(concat("aparam has ", call.aparam.size(), " values; this model takes ", n_aparam,
                                " for each of ", call.atoms.n, " atoms"));
    for (const double value : call.fparam)
        if (!std::isfinite(value)) throw InputError(concat("fparam holds ", value));
}

/// For a caller who may give anything; the positions are looked at when a list is built.
void ForceEngine::check_parameters(const ForceCall& call) const {
    check(call);
    for (const double value : call.aparam)
        if (!std::isfinite(value)) throw InputError(concat("aparam holds ", value));
}

void ForceEngine::build_list_at(const AtomsView& atoms, const Lattice& lattice) {
    together(list_.ranks(), [&] { check_atoms(atoms); });
    list_is_built_ = false;  // a build that fails leaves nothing to update
    list_.build(atoms, lattice, model().n_types());
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
    Evaluation out;
    out.neighborhood = {call.atoms.n,
                        list_.n_total(),
                        list_.positions(),
                        list_.types(),
                        list_.neighbors(),
                        part == Part::all     ? list_.all()
                        : part == Part::inner ? list_.inner()
                                              : list_.outer()};
    out.aparam = aparam_.data();
    out.begins = part != Part::outer;
    out.ends = part != Part::inner;
    return out;
}

ModelCall ForceEngine::model_call(const ForceCall& call, Member& member, bool atom_virials) {
    const auto n = std::size_t(call.atoms.n), n_total = std::size_t(list_.n_total());
    member.atom_energies.resize_with_slack(n);
    member.forces.resize_with_slack(3 * n_total);
    if (atom_virials) member.atom_virials.resize_with_slack(9 * n_total);
    return {parameters_or_default(member.traits, call.fparam).data(), member.atom_energies.data(),
            member.forces.data(), atom_virials ? member.atom_virials.data() : nullptr, member.totals.data()};
}

/// Atomic parameters in the list's order.
void ForceEngine::take_parameters(const ForceCall& call) {
    const auto n_aparam = std::size_t(traits().n_aparam);
    aparam_.resize_with_slack(std::size_t(call.atoms.n) * n_aparam);
    if (n_aparam > 0)
        backend_->take_atoms(
            {call.atoms.n, static_cast<int>(n_aparam), list_.order(), call.aparam.data(), aparam_.data()});
}

void ForceEngine::evaluate(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs, Part part,
                           bool may_defer) {
    take_parameters(call);
    calls_.clear();
    for (std::size_t k = 0; k < outputs.size(); ++k)
        calls_.push_back(model_call(call, members_.at(first + k), outputs[k].atom_virials != nullptr));
    Evaluation asked = evaluation(call, part);
    asked.may_defer = may_defer;
    asked.first_model = first;
    asked.calls = calls_;
    evaluator_->evaluate(asked);
}

/// What ghosts hold to their owners, and all in the caller's order.
void ForceEngine::give_back(int width, Array<std::int64_t>& fixed, double* to) {
    const std::int64_t start = nanoseconds();
    list_.reverse(width, fixed.data());
    if (list_.ranks().size() > 1) halo_nanoseconds_ += nanoseconds() - start;
    backend_->return_atoms({list_.n_owned(), width, list_.order(), nullptr, fixed.data(), to});
}

/// Brings the list and the positions in it up to date, ghosts of other ranks being on their way then; whether the list
/// was built anew.
bool ForceEngine::update_list(const ForceCall& call) {
    const bool alone = list_.ranks().size() == 1;
    if (alone) check(call);
    const std::int64_t start = nanoseconds();
    const std::optional<bool> known = std::exchange(answer_, std::nullopt);
    const bool rebuilds = known ? *known : !has_list_for(call);
    if (rebuilds) {
        if (!alone) together(list_.ranks(), [&] { check(call); });  // what follows keeps its parameters
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

/// Sums of all ranks, and what atoms are given.
ForceTotals ForceEngine::collect(const ForceCall& call, Member& member, const ForceOutputs& to) {
    const ForceTotals totals = add_up(member);
    give_back(3, member.forces, to.forces);
    if (to.atom_virials != nullptr) give_back(9, member.atom_virials, to.atom_virials);
    if (to.atom_energies != nullptr)
        backend_->return_atoms(
            {call.atoms.n, 1, list_.order(), member.atom_energies.data(), nullptr, to.atom_energies});
    return totals;
}

/// Of all ranks; throws on all when one has failed.
ForceTotals ForceEngine::add_up(Member& member) {
    EvaluateTotals found;
    member.totals.copy_out(&found);
    const bool has_failed = found.status.fault != EvaluateFault::none;
    if (list_.ranks().size() > 1) {
        FixedSum sums[12] = {found.energy};
        std::copy_n(found.virial, 9, sums + 1);
        sums[10].add(static_cast<double>(found.n_fallback));
        sums[11].add(has_failed ? 1 : 0);
        sum(list_.ranks(), sums);
        found.energy = sums[0];
        std::copy_n(sums + 1, 9, found.virial);
        found.n_fallback = sums[10].limbs[0];
        member.totals.copy_in({&found, 1});
        if (sums[11].limbs[0] > 0)
            together(list_.ranks(), [&] {
                if (has_failed) fail(*member.data, found.status);
            });
    }
    if (has_failed) fail(*member.data, found.status);
    ForceTotals totals;
    totals.energy = found.energy.value();
    for (std::size_t k = 0; k < 9; ++k) totals.virial[k] = found.virial[k].value();
    return totals;
}

void ForceEngine::put_forces(const ForceCall& call, StepState* state) {
    const std::int64_t start = nanoseconds();
    list_.judge(call.atoms, state);
    const bool on_host = backend_->memory().is_host();
    if (on_host && state->halt != Halt::none) return;
    list_.update(call.atoms, &state->cell);
    list_nanoseconds_ += nanoseconds() - start;
    evaluate(call, 0, own_outputs(call), Part::all, true);
    Member& member = members_.front();
    backend_->close_forces({member.totals.data(), state});
    if (on_host && state->halt != Halt::none) return;
    give_back(3, member.forces, call.forces);
}

std::int64_t ForceEngine::n_fallback() const {
    EvaluateTotals found;
    members_.front().totals.copy_out(&found);
    return found.n_fallback;
}

ForceTotals ForceEngine::compute(const ForceCall& call) {
    const bool rebuilt = update_list(call);
    evaluate_with_halo(call, 0, own_outputs(call), rebuilt);
    ForceTotals totals = collect(call, members_.front(), call);
    totals.rebuilt = rebuilt;
    return totals;
}

std::vector<ForceTotals> ForceEngine::compute_models(const ForceCall& call, std::size_t first,
                                                     std::span<const ForceOutputs> outputs) {
    const bool rebuilt = update_list(call);
    evaluate_with_halo(call, first, outputs, rebuilt);
    std::vector<ForceTotals> totals;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        totals.push_back(collect(call, members_[first + k], outputs[k]));
        totals.back().rebuilt = rebuilt;
    }
    return totals;
}

ForceTotals ForceEngine::compute_on_host(const ForceCall& call) {
    if (!backend_->memory().is_host()) return compute_on_host(call, own_outputs(call)).front();
    check_parameters(call);
    return compute(call);
}

std::vector<ForceTotals> ForceEngine::compute_on_host(const ForceCall& call, std::span<const ForceOutputs> outputs) {
    check_parameters(call);
    if (backend_->memory().is_host()) return compute_models(call, 0, outputs);
    if (!home_.is_here())
        throw DeviceError(concat("this process was forked from the one that loaded the model on ", backend_->name(),
                                 ", and cannot use that: ", forked_remedy));

    const auto n = std::size_t(call.atoms.n);
    Staging& s = staging_;
    s.positions.copy_in({call.atoms.positions, 3 * n});
    s.types.copy_in({call.atoms.types, n});
    s.aparam.copy_in(call.aparam);
    ForceCall staged = call;
    staged.atoms = {call.atoms.n, s.positions.data(), s.types.data(), nullptr};
    if (call.atoms.ids != nullptr) {
        s.ids.copy_in({call.atoms.ids, n});
        staged.atoms.ids = s.ids.data();
    }
    staged.aparam = s.aparam.span();

    using Output = double* ForceOutputs::*;
    std::vector<ForceOutputs> on_device(outputs.begin(), outputs.end());
    const auto stage = [&](Array<double>& array, std::size_t size, Output output) {
        array.resize_with_slack(size * outputs.size());
        for (std::size_t k = 0; k < outputs.size(); ++k)
            if (outputs[k].*output != nullptr) on_device[k].*output = array.data() + k * size;
    };
    stage(s.forces, 3 * n, &ForceOutputs::forces);
    stage(s.atom_energies, n, &ForceOutputs::atom_energies);
    const bool has_virials = std::any_of(outputs.begin(), outputs.end(), [](auto& o) { return o.atom_virials; });
    stage(s.atom_virials, has_virials ? 9 * n : 0, &ForceOutputs::atom_virials);
    std::vector<ForceTotals> totals = compute_models(staged, 0, on_device);
    const auto fetch = [&](std::size_t size, Output output) {
        for (std::size_t k = 0; k < outputs.size(); ++k)
            if (outputs[k].*output != nullptr)
                backend_->memory().copy_out(outputs[k].*output, on_device[k].*output, size * sizeof(double));
    };
    fetch(3 * n, &ForceOutputs::forces);
    fetch(n, &ForceOutputs::atom_energies);
    fetch(9 * n, &ForceOutputs::atom_virials);
    return totals;
}

void ForceEngine::describe_on_host(const ForceCall& call, double* descriptors, double* hidden) {
    check_parameters(call);
    update_list(call);
    take_parameters(call);
    Member& member = members_.front();
    const DescriptionWidths widths = evaluator_->description_widths();
    const auto n = std::size_t(call.atoms.n);
    std::vector<double> in_order(n * std::size_t(widths.descriptor)), hidden_in_order(n * std::size_t(widths.hidden));
    const ModelCall parameters = model_call(call, member, false);
    Evaluation asked = evaluation(call, Part::all);
    asked.calls = {&parameters, 1};
    const EvaluateStatus status = evaluator_->describe(asked, {in_order.data(), hidden_in_order.data()});
    if (status.fault != EvaluateFault::none) fail(*member.data, status);
    backend_->return_atoms({call.atoms.n, widths.descriptor, list_.order(), in_order.data(), nullptr, descriptors});
    backend_->return_atoms({call.atoms.n, widths.hidden, list_.order(), hidden_in_order.data(), nullptr, hidden});
}

void ForceEngine::fail(const ModelData& model, const EvaluateStatus& status) const {
    throw InputError(describe_fault(model, status, element(list_.types(), status.atom),
                                    [&](std::int32_t place) { return element(list_.ids(), place); }));
}

std::vector<StageTime> ForceEngine::stage_times() const {
    std::vector<StageTime> out{{"neighbors", 1e-9 * double(list_nanoseconds_)}};
    if (list_.ranks().size() > 1) out.push_back({"halo", 1e-9 * double(halo_nanoseconds_)});
    for (const StageSeconds& time : evaluator_->stage_times()) out.push_back({time.stage, time.seconds});
    return out;
}

std::size_t ForceEngine::bytes() const {
    std::size_t bytes = evaluator_->scratch_bytes() +
        list_.bytes() + aparam_.bytes() + staging_.bytes() + checked_types_.capacity() * sizeof(std::int32_t);
    for (const Member& member : members_)
        bytes += member.atom_energies.bytes() + member.forces.bytes() +
                 member.atom_virials.bytes() + member.totals.bytes();
    return bytes;
}

}  // namespace dpmd
