#pragma once
// Models that are evaluated together on the same atoms: their evaluator, their results and errors. Each engine that
// keeps atoms and neighbours has one.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "core/mirrored_array.hpp"

namespace dpmd {

class ModelSet {
public:
    explicit ModelSet(Backend& backend) : backend_(backend) {}

    /// Adds a model. Throws InputError unless it takes the same types and parameters as the models before it.
    void add(const RunnableModel& model);
    /// From now on neighbours beyond `sel` are no error: the nearest are kept.
    void keep_nearest();
    std::size_t size() const { return members_.size(); }
    bool empty() const { return members_.empty(); }
    const ModelData& data(std::size_t k) const { return *members_.at(k).model.data; }
    const ModelTraits& traits(std::size_t k) const { return members_.at(k).traits; }
    Evaluator& evaluator() const { return *evaluator_; }

    /// Evaluates the models from `asked.first_model` on, one for each of the outputs, with per-atom virials where
    /// outputs have a place for them. The calls of `asked` are filled in here.
    template <class Outputs>
    void evaluate(Evaluation asked, std::span<const double> fparam, std::span<const Outputs> outputs) {
        calls_.clear();
        for (std::size_t k = 0; k < outputs.size(); ++k)
            calls_.push_back(call(asked, asked.first_model + k, fparam, outputs[k].atom_virials != nullptr));
        asked.calls = calls_;
        evaluator_->evaluate(asked);
    }
    /// Describes atoms with the first model, which must support it.
    EvaluateStatus describe(Evaluation asked, std::span<const double> fparam, const DescribeOutputs& outputs);

    /// Results of the last evaluation for model k, in the order of the atoms evaluated.
    MirroredArray<double>& atom_energies(std::size_t k) { return members_[k].atom_energies; }
    MirroredArray<std::int64_t>& forces(std::size_t k) { return members_[k].forces; }              ///< fixed point
    MirroredArray<std::int64_t>& atom_virials(std::size_t k) { return members_[k].atom_virials; }  ///< fixed point
    EvaluateTotals* totals_in_backend(std::size_t k) { return members_[k].totals.data(); }
    EvaluateTotals totals(std::size_t k) const;
    void set_totals(std::size_t k, const EvaluateTotals& totals);

    /// Throws an InputError that describes a status with a fault; `center_type` and `name` as for describe_fault.
    [[noreturn]] void fail(std::size_t k, const EvaluateStatus& status, std::int32_t center_type,
                           const std::function<std::int64_t(std::int32_t)>& name) const;

    /// Results and scratch, bytes.
    std::size_t bytes() const;
    /// The packed weights, bytes.
    std::size_t model_bytes() const { return evaluator_ ? evaluator_->model_bytes() : 0; }

private:
    struct Member {
        Member(const RunnableModel& given, Memory& memory);
        RunnableModel model;
        ModelTraits traits;
        MirroredArray<double> atom_energies;
        MirroredArray<std::int64_t> forces, atom_virials;
        Array<EvaluateTotals> totals;
    };

    ModelCall call(const Evaluation& asked, std::size_t k, std::span<const double> fparam, bool atom_virials);

    Backend& backend_;
    std::vector<Member> members_;
    std::unique_ptr<Evaluator> evaluator_;  // for the members, in their order; null without any
    std::vector<ModelCall> calls_;
};

}  // namespace dpmd
