#include "engine/host_engine.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "engine/parameters.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {
namespace {

void put(std::span<const std::int64_t> fixed, double* to) {
    for (const std::int64_t value : fixed) *to++ = from_fixed(value);
}

}  // namespace

HostListEngine::HostListEngine(std::shared_ptr<Backend> backend)
    : backend_(std::move(backend)),
      models_(*backend_),
      lists_(backend_),
      positions_(backend_->memory()),
      aparam_(backend_->memory()) {}

void HostListEngine::set_neighbors(const HostNeighbors& given) {
    if (models_.empty()) throw InternalError("an engine without models has no use for neighbours");
    lists_.set(given, models_.data(0).n_types());
}

Neighborhood HostListEngine::neighborhood() const {
    return {lists_.n_owned(),   lists_.n_total(), positions_.data(),  lists_.types(),
            lists_.neighbors(), lists_.by_type(), lists_.first_type()};
}

void HostListEngine::compute(const HostCall& call, std::span<const HostResult> results) {
    if (!lists_.are_set()) throw InputError("there are no neighbour lists; set them first");
    if (results.size() > models_.size())
        throw InternalError(concat(results.size(), " results of ", models_.size(), " models"));
    const std::span<const double> positions(call.positions, 3 * std::size_t(n_total()));
    require_parameters(models_.traits(0), {call.fparam, call.aparam}, std::size_t(n_owned()));
    require_coordinates(positions, backend_->n_threads());
    positions_.copy_in(positions);
    aparam_.copy_in(call.aparam);
    Evaluation evaluation;
    evaluation.neighborhood = neighborhood();
    evaluation.aparam = aparam_.data();
    models_.evaluate(evaluation, call.fparam, results);
    for (std::size_t k = 0; k < results.size(); ++k) require_sound(k);
    for (std::size_t k = 0; k < results.size(); ++k) put_result(k, results[k]);
}

void HostListEngine::require_sound(std::size_t model) const {
    const EvaluateStatus status = models_.totals(model).status;
    if (status.fault == EvaluateFault::none) return;
    const std::int32_t type = backend_->memory().element(lists_.types(), std::size_t(status.atom));
    models_.fail(model, status, type, [](std::int32_t place) { return std::int64_t(place); });
}

void HostListEngine::put_result(std::size_t model, const HostResult& to) {
    const EvaluateTotals found = models_.totals(model);
    if (to.energy != nullptr) *to.energy = found.energy.value();
    for (std::size_t k = 0; to.virial != nullptr && k < 9; ++k) to.virial[k] = found.virial[k].value();
    if (to.atom_energies != nullptr) std::ranges::copy(models_.atom_energies(model).on_host(), to.atom_energies);
    if (to.forces != nullptr) put(models_.forces(model).on_host(), to.forces);
    if (to.atom_virials != nullptr) put(models_.atom_virials(model).on_host(), to.atom_virials);
}

}  // namespace dpmd
