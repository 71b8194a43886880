#include "model/force_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "comm/together.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/fixed_point.hpp"
#include "model/describe_fault.hpp"

namespace dpmd {

ForceEngine::Staging::Staging(Memory& memory)
    : positions(memory),
      aparam(memory),
      forces(memory),
      atom_energies(memory),
      atom_virials(memory),
      types(memory),
      ids(memory) {}

ForceEngine::ForceEngine(std::shared_ptr<const ModelSpec> model,
                         const std::shared_ptr<const CompressedModel>& compressed, std::shared_ptr<Backend> backend,
                         Precision precision, double skin, std::shared_ptr<Communicator> ranks)
    : model_(std::move(model)),
      backend_(std::move(backend)),
      evaluator_(backend_->make_evaluator(*model_, compressed.get(), precision)),
      list_(backend_, model_->descriptor.cutoff, skin, std::move(ranks)),
      aparam_(backend_->memory()),
      atom_energies_(backend_->memory()),
      forces_(backend_->memory()),
      atom_virials_(backend_->memory()),
      totals_(1, backend_->memory()),
      staging_(backend_->memory()) {
    const EvaluateTotals nothing;
    totals_.copy_in({&nothing, 1});
}

/// One element of an array in backend memory.
template <class T>
T ForceEngine::element(const T* array, std::int32_t k) const {
    T value;
    backend_->memory().copy_out(&value, array + std::size_t(k), sizeof value);
    return value;
}

void ForceEngine::check_atoms(const AtomsView& atoms) const {
    CheckAtomsArgs args{atoms.n, atoms.positions, atoms.types, model_->n_types()};
    backend_->check_atoms(args);
    if (args.bad < 0) return;
    double x[3];
    backend_->memory().copy_out(x, atoms.positions + 3 * std::size_t(args.bad), sizeof x);
    const std::int64_t id = atoms.ids != nullptr ? element(atoms.ids, args.bad) : args.bad;
    for (int k = 0; k < 3; ++k)
        if (!std::isfinite(x[k])) throw InputError(concat("positions[", id, "][", k, "] = ", x[k], " is not finite"));
    throw InputError(concat("types[", id, "] = ", element(atoms.types, args.bad),
                            " is not a type of this model, which has 0 to ", model_->n_types() - 1,
                            " (and -1 for a virtual atom)"));
}

void ForceEngine::check(const ForceCall& call) const {
    const FittingSpec& fitting = model_->fitting;
    if (!call.fparam.empty() && call.fparam.size() != std::size_t(fitting.n_fparam))
        throw InputError(concat("fparam has ", call.fparam.size(), " values; this model takes ", fitting.n_fparam));
    if (call.aparam.size() != std::size_t(fitting.n_aparam) * std::size_t(call.atoms.n))
        throw InputError(concat("aparam has ", call.aparam.size(), " values; this model takes ", fitting.n_aparam,
                                " for each of ", call.atoms.n, " atoms"));
    for (const double value : call.fparam)
        if (!std::isfinite(value)) throw InputError(concat("fparam holds ", value));
}

std::span<const double> ForceEngine::frame_parameters(const ForceCall& call) const {
    const FittingSpec& fitting = model_->fitting;
    if (fitting.n_fparam == 0 || !call.fparam.empty()) return call.fparam;
    if (!fitting.default_fparam)
        throw InputError(
            concat("this model takes ", fitting.n_fparam, " frame parameters and has no default; pass fparam"));
    return *fitting.default_fparam;
}

void ForceEngine::build_list_at(const AtomsView& atoms, const Lattice& lattice) {
    together(list_.ranks(), [&] { check_atoms(atoms); });
    list_is_built_ = false;  // a build that fails leaves nothing to update
    list_.build(atoms, lattice, model_->n_types());
    checked_types_.resize(std::size_t(atoms.n));
    backend_->memory().copy_out(checked_types_.data(), atoms.types, checked_types_.size() * sizeof(std::int32_t));
    list_is_built_ = true;
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

void ForceEngine::evaluate(const ForceCall& call, Part part, bool may_defer) {
    const std::span<const double> fparam = frame_parameters(call);
    const auto n = std::size_t(call.atoms.n), n_total = std::size_t(list_.n_total());
    const auto n_aparam = std::size_t(model_->fitting.n_aparam);
    aparam_.resize_with_slack(n * n_aparam);
    if (n_aparam > 0)
        backend_->take_atoms(
            {call.atoms.n, static_cast<int>(n_aparam), list_.order(), call.aparam.data(), aparam_.data()});
    atom_energies_.resize_with_slack(n);
    forces_.resize_with_slack(3 * n_total);
    if (call.atom_virials != nullptr) atom_virials_.resize_with_slack(9 * n_total);

    EvaluateArgs args;
    args.n_owned = call.atoms.n;
    args.n_total = list_.n_total();
    args.positions = list_.positions();
    args.types = list_.types();
    const AtomsByType atoms = part == Part::all ? list_.all() : part == Part::inner ? list_.inner() : list_.outer();
    args.by_type = atoms.by_type;
    args.type_first = atoms.type_first;
    args.begins = part != Part::outer;
    args.ends = part != Part::inner;
    args.neighbors = list_.neighbors();
    args.fparam = fparam.data();
    args.aparam = aparam_.data();
    args.overflow = call.overflow;
    args.may_defer = may_defer;
    args.atom_energies = atom_energies_.data();
    args.forces = forces_.data();
    args.atom_virials = call.atom_virials != nullptr ? atom_virials_.data() : nullptr;
    args.totals = totals_.data();
    evaluator_->evaluate(args);
}

/// What ghosts hold to their owners, and all in the caller's order.
void ForceEngine::give_back(int width, Array<std::int64_t>& fixed, double* to) {
    const std::int64_t start = nanoseconds();
    list_.reverse(width, fixed.data());
    if (list_.ranks().size() > 1) halo_nanoseconds_ += nanoseconds() - start;
    backend_->return_atoms({list_.n_owned(), width, list_.order(), nullptr, fixed.data(), to});
}

ForceTotals ForceEngine::compute(const ForceCall& given) {
    ForceCall call = given;
    const bool alone = list_.ranks().size() == 1;
    if (alone) check(call);
    bool rebuilt = false;
    const std::int64_t start = nanoseconds();
    if (has_list_for(call)) {
        list_.start_update(call.atoms, call.lattice);
        if (alone) list_.finish_update();
    } else {
        if (call.before_build) call.before_build(call);
        if (!alone) together(list_.ranks(), [&] { check(call); });  // what follows keeps its parameters
        build_list_at(call.atoms, call.lattice);
        rebuilt = true;
    }
    list_nanoseconds_ += nanoseconds() - start;

    if (alone || rebuilt) {
        evaluate(call, Part::all, false);
    } else {
        evaluate(call, Part::inner, false);
        const std::int64_t waits = nanoseconds();
        list_.finish_update();
        halo_nanoseconds_ += nanoseconds() - waits;
        evaluate(call, Part::outer, false);
    }
    ForceTotals totals = add_up();
    totals.rebuilt = rebuilt;
    give_back(3, forces_, call.forces);
    if (call.atom_virials != nullptr) give_back(9, atom_virials_, call.atom_virials);
    if (call.atom_energies != nullptr)
        backend_->return_atoms({call.atoms.n, 1, list_.order(), atom_energies_.data(), nullptr, call.atom_energies});
    return totals;
}

/// Of all ranks; throws on all when one has failed.
ForceTotals ForceEngine::add_up() {
    EvaluateTotals found;
    totals_.copy_out(&found);
    const bool has_failed = found.status.fault != EvaluateFault::none;
    if (list_.ranks().size() > 1) {
        FixedSum sums[12] = {found.energy};
        std::copy_n(found.virial, 9, sums + 1);
        sums[10].add(found.n_exact);
        sums[11].add(has_failed ? 1 : 0);
        sum(list_.ranks(), sums);
        found.energy = sums[0];
        std::copy_n(sums + 1, 9, found.virial);
        found.n_exact = static_cast<std::int64_t>(sums[10].low);
        totals_.copy_in({&found, 1});
        if (sums[11].low > 0)
            together(list_.ranks(), [&] {
                if (has_failed) fail(found.status);
            });
    }
    if (has_failed) fail(found.status);
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
    evaluate(call, Part::all, true);
    backend_->close_forces({totals_.data(), state});
    if (on_host && state->halt != Halt::none) return;
    give_back(3, forces_, call.forces);
}

std::int64_t ForceEngine::n_exact() const {
    EvaluateTotals found;
    totals_.copy_out(&found);
    return found.n_exact;
}

ForceTotals ForceEngine::compute_on_host(const ForceCall& call) {
    check(call);
    for (const double value : call.aparam)
        if (!std::isfinite(value)) throw InputError(concat("aparam holds ", value));
    if (backend_->memory().is_host()) return compute(call);

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
    const auto stage = [](Array<double>& array, std::size_t size, double*& output) {
        if (output == nullptr) return;
        array.resize_with_slack(size);
        output = array.data();
    };
    stage(s.forces, 3 * n, staged.forces);
    stage(s.atom_energies, n, staged.atom_energies);
    stage(s.atom_virials, 9 * n, staged.atom_virials);
    const ForceTotals totals = compute(staged);
    s.forces.copy_out(call.forces);
    if (call.atom_energies != nullptr) s.atom_energies.copy_out(call.atom_energies);
    if (call.atom_virials != nullptr) s.atom_virials.copy_out(call.atom_virials);
    return totals;
}

void ForceEngine::fail(const EvaluateStatus& status) const {
    throw InputError(describe_fault(*model_, status, element(list_.types(), status.atom),
                                    [&](std::int32_t place) { return element(list_.ids(), place); }));
}

std::vector<StageTime> ForceEngine::stage_times() const {
    static constexpr const char* names[n_stages] = {"environment", "embedding", "descriptor", "fitting", "forces"};
    std::vector<StageTime> out{{"neighbors", 1e-9 * double(list_nanoseconds_)}};
    if (list_.ranks().size() > 1) out.push_back({"halo", 1e-9 * double(halo_nanoseconds_)});
    const StageTimes& times = evaluator_->stage_times();
    for (int k = 0; k < n_stages; ++k) out.push_back({names[k], 1e-9 * double(times.nanoseconds[k])});
    return out;
}

std::size_t ForceEngine::bytes() const {
    return list_.bytes() + evaluator_->scratch_bytes() + aparam_.bytes() + atom_energies_.bytes() + forces_.bytes() +
           atom_virials_.bytes() + totals_.bytes() + staging_.bytes() +
           checked_types_.capacity() * sizeof(std::int32_t);
}

}  // namespace dpmd
