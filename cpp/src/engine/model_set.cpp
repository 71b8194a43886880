#include "engine/model_set.hpp"

#include "dpmd/errors.hpp"
#include "engine/describe_fault.hpp"
#include "engine/inputs.hpp"
#include "engine/parameters.hpp"
#include "engine/too_many_neighbors.hpp"

namespace dpmd {

ModelSet::Member::Member(const RunnableModel& given, Memory& memory)
    : model(given),
      traits(traits_of(*given.data)),
      atom_energies(memory),
      forces(memory),
      atom_virials(memory),
      totals(1, memory) {
    const EvaluateTotals nothing;
    totals.copy_in({&nothing, 1});
}

void ModelSet::add(const RunnableModel& model) {
    if (!empty()) require_same_inputs(data(0), *model.data);
    members_.reserve(members_.size() + 1);  // steps that can fail come first
    if (evaluator_) evaluator_->add_model(model);
    else evaluator_ = backend_.make_evaluator({&model, 1});
    members_.emplace_back(model, backend_.memory());
}

void ModelSet::keep_nearest() {
    std::vector<RunnableModel> models;
    for (const Member& member : members_) {
        models.push_back(member.model);
        models.back().overflow = OverflowPolicy::keep_nearest;
    }
    if (!models.empty()) evaluator_ = backend_.make_evaluator(models);
    for (std::size_t k = 0; k < models.size(); ++k) members_[k].model = models[k];
}

ModelCall ModelSet::call(const Evaluation& asked, std::size_t k, std::span<const double> fparam, bool atom_virials) {
    Member& member = members_.at(k);
    const auto n = std::size_t(asked.neighborhood.n_owned), n_total = std::size_t(asked.neighborhood.n_total);
    member.atom_energies.resize_with_slack(n);
    member.forces.resize_with_slack(3 * n_total);
    if (atom_virials) member.atom_virials.resize_with_slack(9 * n_total);
    return {parameters_or_default(member.traits, fparam).data(), member.atom_energies.data(), member.forces.data(),
            atom_virials ? member.atom_virials.data() : nullptr, member.totals.data()};
}

EvaluateStatus ModelSet::describe(Evaluation asked, std::span<const double> fparam, const DescribeOutputs& outputs) {
    const ModelCall parameters = call(asked, 0, fparam, false);
    asked.calls = {&parameters, 1};
    return evaluator_->describe(asked, outputs);
}

EvaluateTotals ModelSet::totals(std::size_t k) const {
    EvaluateTotals found;
    members_[k].totals.copy_out(&found);
    return found;
}

void ModelSet::set_totals(std::size_t k, const EvaluateTotals& totals) { members_[k].totals.copy_in({&totals, 1}); }

void ModelSet::fail(std::size_t k, const EvaluateStatus& status, std::int32_t center_type,
                    const std::function<std::int64_t(std::int32_t)>& name) const {
    const std::string text = describe_fault(data(k), status, center_type, name);
    if (status.fault == EvaluateFault::too_many_neighbors) throw TooManyNeighbors(text);
    throw InputError(text);
}

std::size_t ModelSet::bytes() const {
    std::size_t bytes = evaluator_ ? evaluator_->scratch_bytes() : 0;
    for (const Member& member : members_)
        bytes +=
            member.atom_energies.bytes() + member.forces.bytes() + member.atom_virials.bytes() + member.totals.bytes();
    return bytes;
}

}  // namespace dpmd
