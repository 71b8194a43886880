#include "cpu/local/evaluator.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "cpu/local/model_group.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

/// Evaluates models of any precision.
class LocalEvaluator final : public Evaluator {
    /// Asks the first model; the first group begins with it.
    template <class F>
    auto first(F&& of) const {
        return std::visit([&](const auto& models) { return of(models.first()); }, groups_.front());
    }
    template <class F>
    std::size_t sum(F&& of) const {
        std::size_t total = 0;
        for (const auto& group : groups_)
            total += std::visit([&](const auto& models) { return models.sum(of); }, group);
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
        for (auto& group : groups_) std::visit([&](auto& models) { models.evaluate(evaluation); }, group);
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
        const std::size_t place = n_models_++;
        for (auto& group : groups_)
            if (auto* same = std::get_if<ModelGroup<Real>>(&group); same != nullptr && same->takes(*runner))
                return same->add(place, std::move(runner));
        groups_.emplace_back(ModelGroup<Real>(place, std::move(runner)));
    }

    const TileKernels& kernels_;
    int n_threads_;
    std::size_t n_models_ = 0;
    std::vector<std::variant<ModelGroup<double>, ModelGroup<float>>> groups_;
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
