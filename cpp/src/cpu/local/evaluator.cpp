#include "cpu/local/evaluator.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "cpu/local/runner.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

/// Evaluates models of any precision. Models with the same number type and the same environment form a group, whose
/// tiles are evaluated together.
class LocalEvaluator final : public Evaluator {
    template <class Real>
    struct Member {
        std::size_t place;  // among all models
        std::unique_ptr<LocalRunner<Real>> runner;
    };
    template <class Real>
    using Group = std::vector<Member<Real>>;

    /// Asks the first model; the first group begins with it.
    template <class F>
    auto first(F&& of) const {
        return std::visit([&](const auto& runners) { return of(*runners.front().runner); }, groups_.front());
    }
    template <class F>
    std::size_t sum(F&& of) const {
        std::size_t total = 0;
        for (const auto& group : groups_)
            std::visit(
                [&](const auto& runners) {
                    for (const auto& member : runners) total += of(*member.runner);
                },
                group);
        return total;
    }

public:
    LocalEvaluator(const TileKernels& kernels, int n_threads) : kernels_(kernels), n_threads_(n_threads) {}

    void add_model(const RunnableModel& model) override {
        require_model(model);
        switch (model.precision) {
            case Precision::fp64: return add<double>(model, false);
            case Precision::mix32: return add<float>(model, false);
            case Precision::mix16: return add<float>(model, true);
            case Precision::mix32_tf32:
            case Precision::mix32_3xtf32: break;  // refused above
        }
    }

    void evaluate(const Evaluation& evaluation) override {
        const std::size_t first = evaluation.first_model, last = first + evaluation.calls.size();
        for (const auto& group : groups_)
            std::visit([&](const auto& runners) { evaluate(runners, evaluation, first, last); }, group);
    }

    DescriptionWidths description_widths() const override {
        return first([](const auto& runner) { return runner.description_widths(); });
    }
    EvaluateStatus describe(const Evaluation& evaluation, const DescribeOutputs& outputs) override {
        return first([&](auto& runner) { return runner.describe(evaluation, outputs); });
    }
    std::vector<StageSeconds> stage_times() const override {
        return first([](const auto& runner) { return in_seconds(runner.stage_times()); });
    }
    std::size_t scratch_bytes() const override {
        return sum([](const auto& runner) { return runner.scratch_bytes(); });
    }
    std::size_t model_bytes() const override {
        return sum([](const auto& runner) { return runner.model_bytes(); });
    }

private:
    template <class Real>
    void add(const RunnableModel& model, bool in_half) {
        auto runner = std::make_unique<LocalRunner<Real>>(model, kernels_, in_half, n_threads_);
        Group<Real>* home = nullptr;
        for (auto& group : groups_)
            if (auto* same = std::get_if<Group<Real>>(&group);
                same != nullptr && runner->sees_environments_of(*same->front().runner))
                home = same;
        if (home == nullptr) home = &std::get<Group<Real>>(groups_.emplace_back(Group<Real>()));
        home->push_back({n_models_++, std::move(runner)});
    }

    template <class Real>
    void evaluate(const Group<Real>& group, const Evaluation& evaluation, std::size_t first, std::size_t last) {
        std::vector<LocalRunner<Real>*>& asked = std::get<std::vector<LocalRunner<Real>*>>(asked_);
        asked.clear();
        calls_.clear();
        for (const Member<Real>& member : group) {
            if (member.place < first || member.place >= last) continue;
            asked.push_back(member.runner.get());
            calls_.push_back(evaluation.calls[member.place - first]);
        }
        if (!asked.empty()) LocalRunner<Real>::evaluate(asked, evaluation, calls_);
    }

    const TileKernels& kernels_;
    int n_threads_;
    std::size_t n_models_ = 0;
    std::vector<std::variant<Group<double>, Group<float>>> groups_;
    std::pair<std::vector<LocalRunner<double>*>, std::vector<LocalRunner<float>*>> asked_;  // scratch
    std::vector<ModelCall> calls_;                                                          // scratch
};

}  // namespace

void require_model(const RunnableModel& model) {
    const Precision precision = model.precision;
    if (precision == Precision::mix32_tf32 || precision == Precision::mix32_3xtf32)
        throw InputError("precision 'mix32-tf32' and 'mix32-3xtf32' need a GPU; 'mix32' runs everywhere");
}

std::unique_ptr<Evaluator> make_local_evaluator(const TileKernels& kernels, int n_threads) {
    return std::make_unique<LocalEvaluator>(kernels, n_threads);
}

}  // namespace dpmd::cpu
