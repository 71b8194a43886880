#include "model/force_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {

ForceEngine::ForceEngine(std::shared_ptr<const ModelSpec> model,
                         const std::shared_ptr<const CompressedModel>& compressed, std::shared_ptr<Backend> backend,
                         Precision precision, double skin)
    : model_(std::move(model)),
      backend_(std::move(backend)),
      evaluator_(backend_->make_evaluator(*model_, compressed.get(), precision)),
      list_(backend_, model_->descriptor.cutoff, skin) {}

void ForceEngine::check_atoms(const AtomsView& atoms) const {
    for (std::int32_t i = 0; i < atoms.n; ++i) {
        const double* x = atoms.positions + 3 * std::size_t(i);
        for (int k = 0; k < 3; ++k)
            if (!std::isfinite(x[k]))
                throw InputError(concat("positions[", i, "][", k, "] = ", x[k], " is not finite"));
        if (atoms.types[i] < -1 || atoms.types[i] >= model_->n_types())
            throw InputError(concat("types[", i, "] = ", atoms.types[i],
                                    " is not a type of this model, which has 0 to ", model_->n_types() - 1,
                                    " (and -1 for a virtual atom)"));
    }
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
    for (const double value : call.aparam)
        if (!std::isfinite(value)) throw InputError(concat("aparam holds ", value));
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
    check_atoms(atoms);
    list_is_built_ = false;  // a build that fails leaves nothing to update
    list_.build(atoms, lattice, model_->n_types());
    checked_types_.resize_with_slack(std::size_t(atoms.n));
    std::copy_n(atoms.types, std::size_t(atoms.n), checked_types_.data());
    list_is_built_ = true;
}

ForceTotals ForceEngine::compute(const ForceCall& call) {
    check(call);
    const std::span<const double> fparam = frame_parameters(call);
    const auto n = std::size_t(call.atoms.n);
    ForceTotals totals;
    const std::int64_t start = nanoseconds();
    const bool same_atoms = list_is_built_ && checked_types_.size() == n &&
                            std::equal(call.atoms.types, call.atoms.types + n, checked_types_.data()) &&
                            call.lattice.periodic == list_.reference_lattice().periodic;
    if (same_atoms && list_.skin() > 0 && list_.is_valid(call.atoms, call.lattice)) {
        list_.update(call.atoms, call.lattice);
    } else {
        build_list_at(call.atoms, call.lattice);
        totals.rebuilt = true;
    }

    list_nanoseconds_ += nanoseconds() - start;

    const std::int32_t* order = list_.order();
    const auto n_total = std::size_t(list_.n_total()), n_aparam = std::size_t(model_->fitting.n_aparam);
    aparam_.resize_with_slack(n * n_aparam);
    for (std::size_t k = 0; k < n && n_aparam > 0; ++k)
        std::copy_n(call.aparam.data() + std::size_t(order[k]) * n_aparam, n_aparam, aparam_.data() + k * n_aparam);
    atom_energies_.resize_with_slack(n);
    forces_.resize_with_slack(3 * n_total);
    if (call.atom_virials != nullptr) atom_virials_.resize_with_slack(9 * n_total);

    FixedSum energy, virial[9];
    EvaluateStatus status;
    EvaluateArgs args;
    args.n_owned = call.atoms.n;
    args.n_total = list_.n_total();
    args.positions = list_.positions();
    args.types = list_.types();
    args.by_type = list_.by_type();
    args.type_first = list_.type_first();
    args.neighbors = list_.neighbors();
    args.fparam = fparam.data();
    args.aparam = aparam_.data();
    args.overflow = call.overflow;
    args.atom_energies = atom_energies_.data();
    args.forces = forces_.data();
    args.atom_virials = call.atom_virials != nullptr ? atom_virials_.data() : nullptr;
    args.energy = &energy;
    args.virial = virial;
    args.status = &status;
    evaluator_->evaluate(args);
    if (status.fault != EvaluateFault::none) fail(status);

    const auto n_ghosts = static_cast<std::int32_t>(list_.ghosts().size());
    backend_->reverse_ghosts({call.atoms.n, n_ghosts, list_.ghosts().owner.data(), 3, forces_.data()});
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t c = 0; c < 3; ++c) call.forces[3 * std::size_t(order[k]) + c] = from_fixed(forces_[3 * k + c]);
    if (call.atom_energies != nullptr)
        for (std::size_t k = 0; k < n; ++k) call.atom_energies[std::size_t(order[k])] = atom_energies_[k];
    if (call.atom_virials != nullptr) {
        backend_->reverse_ghosts({call.atoms.n, n_ghosts, list_.ghosts().owner.data(), 9, atom_virials_.data()});
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t c = 0; c < 9; ++c)
                call.atom_virials[9 * std::size_t(order[k]) + c] = from_fixed(atom_virials_[9 * k + c]);
    }
    totals.energy = energy.value();
    for (std::size_t k = 0; k < 9; ++k) totals.virial[k] = virial[k].value();
    return totals;
}

void ForceEngine::fail(const EvaluateStatus& status) const {
    const auto place_to_caller = [&](std::int32_t place) {
        if (place >= list_.n_owned()) place = list_.ghosts().owner[std::size_t(place - list_.n_owned())];
        return list_.order()[place];
    };
    const std::int32_t atom = place_to_caller(status.atom);
    const std::string& center = model_->type_map[std::size_t(list_.types()[status.atom])];
    switch (status.fault) {
        case EvaluateFault::too_many_neighbors:
            throw InputError(
                concat("atom ", atom, " (", center, ") has ", status.count, " neighbours of type ", status.type, " (",
                       model_->type_map[std::size_t(status.type)], ") within ", model_->descriptor.cutoff,
                       " Å, but the model's sel for that type is ", model_->descriptor.sel[std::size_t(status.type)],
                       "; retrain with a larger sel, or pass overflow='keep_nearest' to ignore the farthest "
                       "as DeePMD-kit does"));
        case EvaluateFault::coincident_atoms:
            throw InputError(concat("atoms ", atom, " and ", place_to_caller(status.neighbor),
                                    " (or their periodic images) are at the same place; move or remove one"));
        case EvaluateFault::force_too_large:
            throw InputError(concat("the force between atoms ", atom, " and ", place_to_caller(status.neighbor), " at ",
                                    status.value, " Å is not a finite number below ",
                                    fixed_pair_limit / std::max(1.0, status.value),
                                    " eV/Å; the atoms are too close for this model, or the simulation has blown up"));
        case EvaluateFault::energy_not_finite:
            throw InputError(concat("the energy of atom ", atom, " (", center, ") is ", status.value,
                                    " eV; the structure is outside anything this model can describe"));
        case EvaluateFault::none: break;
    }
    throw InternalError("an evaluation failed without saying why");
}

std::vector<StageTime> ForceEngine::stage_times() const {
    static constexpr const char* names[n_stages] = {"environment", "embedding", "descriptor", "fitting", "forces"};
    std::vector<StageTime> out{{"neighbors", 1e-9 * double(list_nanoseconds_)}};
    const StageTimes& times = evaluator_->stage_times();
    for (int k = 0; k < n_stages; ++k) out.push_back({names[k], 1e-9 * double(times.nanoseconds[k])});
    return out;
}

std::size_t ForceEngine::bytes() const {
    return list_.bytes() + evaluator_->scratch_bytes() + aparam_.bytes() + atom_energies_.bytes() + forces_.bytes() +
           atom_virials_.bytes() + checked_types_.bytes();
}

}  // namespace dpmd
