#include "engine/host_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "engine/describe_fault.hpp"
#include "engine/inputs.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {
namespace {

void check_finite(std::span<const double> values, const char* name) {
    for (const double value : values)
        if (!std::isfinite(value)) throw InputError(concat(name, " holds ", value));
}

void put(std::span<const std::int64_t> fixed, double* to) {
    if (to == nullptr) return;
    for (const std::int64_t value : fixed) *to++ = from_fixed(value);
}

}  // namespace

HostListEngine::HostListEngine(std::shared_ptr<Backend> backend)
    : backend_(std::move(backend)), lists_(backend_), positions_(backend_->memory()), aparam_(backend_->memory()) {}

void HostListEngine::add_model(const RunnableModel& other) {
    if (!models_.empty()) require_same_inputs(model(0), *other.data);
    models_.reserve(models_.size() + 1);
    if (evaluator_) evaluator_->add_model(other);
    else evaluator_ = backend_->make_evaluator({&other, 1});
    Memory& memory = backend_->memory();
    models_.push_back({other.data, traits_of(*other.data), MirroredArray<double>(memory),
                       MirroredArray<std::int64_t>(memory), MirroredArray<std::int64_t>(memory),
                       Array<EvaluateTotals>(1, memory)});
}

void HostListEngine::set_neighbors(const HostNeighbors& given) {
    if (models_.empty()) throw InternalError("an engine without models has no use for neighbours");
    lists_.set(given, model(0).n_types());
}

Neighborhood HostListEngine::neighborhood() const {
    return {lists_.n_owned(), lists_.n_total(),   positions_.data(),
            lists_.types(),   lists_.neighbors(), lists_.by_type()};
}

ModelCall HostListEngine::model_call(Model& model, const HostCall& call, bool atom_virials) {
    const auto n = std::size_t(n_owned()), n_total = std::size_t(this->n_total());
    model.energies.resize_with_slack(n);
    model.forces.resize_with_slack(3 * n_total);
    if (atom_virials) model.virials.resize_with_slack(9 * n_total);
    return {parameters_or_default(model.traits, call.fparam).data(), model.energies.data(), model.forces.data(),
            atom_virials ? model.virials.data() : nullptr, model.totals.data()};
}

void HostListEngine::put_result(const Model& model, const HostResult& to) const {
    EvaluateTotals found;
    model.totals.copy_out(&found);
    if (to.energy != nullptr) *to.energy = found.energy.value();
    for (std::size_t k = 0; to.virial != nullptr && k < 9; ++k) to.virial[k] = found.virial[k].value();
    if (to.atom_energies != nullptr) std::ranges::copy(model.energies.on_host(), to.atom_energies);
    put(model.forces.on_host(), to.forces);
    if (to.atom_virials != nullptr) put(model.virials.on_host(), to.atom_virials);
}

void HostListEngine::compute(const HostCall& call, std::span<const HostResult> results) {
    if (!lists_.are_set()) throw InputError("there are no neighbour lists; set them first");
    if (results.size() > models_.size())
        throw InternalError(concat(results.size(), " results of ", models_.size(), " models"));
    const auto n = std::size_t(n_owned()), n_total = std::size_t(this->n_total());
    const ModelTraits& traits = models_.front().traits;
    if (!call.fparam.empty() && call.fparam.size() != std::size_t(traits.n_fparam))
        throw InputError(concat("fparam has ", call.fparam.size(), " values; this model takes ", traits.n_fparam));
    if (call.aparam.size() != std::size_t(traits.n_aparam) * n)
        throw InputError(concat("aparam has ", call.aparam.size(), " values; this model takes ", traits.n_aparam,
                                " for each of ", n, " atoms"));
    check_finite(call.fparam, "fparam");
    check_finite(call.aparam, "aparam");
    require_coordinates({call.positions, 3 * n_total}, backend_->n_threads());
    positions_.copy_in({call.positions, 3 * n_total});
    aparam_.copy_in(call.aparam);
    calls_.clear();
    for (std::size_t k = 0; k < results.size(); ++k)
        calls_.push_back(model_call(models_[k], call, results[k].atom_virials != nullptr));
    Evaluation evaluation;
    evaluation.neighborhood = neighborhood();
    evaluation.aparam = aparam_.data();
    evaluation.calls = calls_;
    evaluator_->evaluate(evaluation);
    for (std::size_t k = 0; k < results.size(); ++k) {
        EvaluateTotals found;
        models_[k].totals.copy_out(&found);
        if (found.status.fault != EvaluateFault::none) fail(*models_[k].data, found.status);
    }
    for (std::size_t k = 0; k < results.size(); ++k) put_result(models_[k], results[k]);
}

void HostListEngine::fail(const ModelData& data, const EvaluateStatus& status) const {
    std::int32_t type = 0;
    backend_->memory().copy_out(&type, lists_.types() + std::size_t(status.atom), sizeof type);
    throw InputError(describe_fault(data, status, type, [](std::int32_t place) { return std::int64_t(place); }));
}

}  // namespace dpmd
