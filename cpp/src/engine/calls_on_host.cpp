// Calls of a force engine whose arrays are in host memory: of users, whatever the backend's memory is.
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "engine/force_engine.hpp"
#include "engine/parameters.hpp"

namespace dpmd {

ForceTotals ForceEngine::compute_on_host(const ForceCall& call) {
    if (!backend_->memory().is_host()) return compute_on_host(call, call.outputs()).front();
    require_parameters(models_.traits(0), {call.fparam, call.aparam}, std::size_t(call.atoms.n));
    return compute(call);
}

std::vector<ForceTotals> ForceEngine::compute_on_host(const ForceCall& call, std::span<const ForceOutputs> outputs) {
    require_parameters(models_.traits(0), {call.fparam, call.aparam}, std::size_t(call.atoms.n));
    if (backend_->memory().is_host()) return compute_models(call, 0, outputs);
    if (!home_.is_here())
        throw DeviceError(concat("this process was forked from the one that loaded the model on ", backend_->name(),
                                 ", and cannot use that: ", forked_remedy));

    const auto n = std::size_t(call.atoms.n);
    const std::vector<ForceOutputs> places = staging_.places_for(outputs, n);
    std::vector<ForceTotals> totals = compute_models(staging_.bring(call), 0, places);
    staging_.fetch(places, outputs, n);
    return totals;
}

void ForceEngine::describe_on_host(const ForceCall& call, double* descriptors, double* hidden) {
    require_parameters(models_.traits(0), {call.fparam, call.aparam}, std::size_t(call.atoms.n));
    update_list(call);
    take_parameters(call);
    const DescriptionWidths widths = evaluator().description_widths();
    const auto n = std::size_t(call.atoms.n);
    std::vector<double> in_order(n * std::size_t(widths.descriptor)), hidden_in_order(n * std::size_t(widths.hidden));
    const EvaluateStatus status =
        models_.describe(evaluation(call, Part::all), call.fparam, {in_order.data(), hidden_in_order.data()});
    if (status.fault != EvaluateFault::none) fail(0, status);
    backend_->return_atoms({call.atoms.n, widths.descriptor, list_.order(), in_order.data(), nullptr, descriptors});
    backend_->return_atoms({call.atoms.n, widths.hidden, list_.order(), hidden_in_order.data(), nullptr, hidden});
}

}  // namespace dpmd
