#include "local/evaluator.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "local/attention.hpp"
#include "local/radial_tables.hpp"
#include "local/runner.hpp"

namespace dpmd::gpu {
namespace {

Operands operands_of(Precision precision) {
    switch (precision) {
        case Precision::fp64:
        case Precision::mix32: return Operands::plain;
        case Precision::mix32_3xtf32: return Operands::tf32x3;
        case Precision::mix32_tf32: return Operands::tf32;
        case Precision::mix16: return Operands::bfloat16;
    }
    return Operands::plain;
}

/// Models of any precisions, one after the other.
class LocalEvaluator final : public Evaluator {
    using Runner = std::variant<std::unique_ptr<LocalRunner<double>>, std::unique_ptr<LocalRunner<float>>>;

    template <class F>
    std::size_t sum(F&& of) const {
        std::size_t total = 0;
        for (const Runner& runner : runners_) total += std::visit([&](const auto& one) { return of(*one); }, runner);
        return total;
    }

public:
    LocalEvaluator(Queue& queue, Memory& memory) : queue_(queue), memory_(memory) {}

    void add_model(const RunnableModel& model) override {
        require_model(queue_, model);
        queue_.use_device();
        const Operands operands = operands_of(model.precision);
        if (model.precision == Precision::fp64)
            runners_.emplace_back(std::make_unique<LocalRunner<double>>(model, operands, queue_, memory_));
        else runners_.emplace_back(std::make_unique<LocalRunner<float>>(model, operands, queue_, memory_));
    }
    void evaluate(const Evaluation& evaluation) override {
        for (std::size_t k = 0; k < evaluation.calls.size(); ++k)
            std::visit([&](auto& runner) { runner->evaluate(evaluation, evaluation.calls[k]); },
                       runners_.at(evaluation.first_model + k));
    }
    std::vector<StageSeconds> stage_times() const override {
        return std::visit([](const auto& runner) { return in_seconds(runner->stage_times()); }, runners_.front());
    }
    std::size_t scratch_bytes() const override {
        return sum([](const auto& runner) { return runner.scratch_bytes(); });
    }
    std::size_t model_bytes() const override {
        return sum([](const auto& runner) { return runner.model_bytes(); });
    }
    std::string choices() const override {
        return std::visit([](const auto& runner) { return runner->choices(); }, runners_.front());
    }

private:
    Queue& queue_;
    Memory& memory_;
    std::vector<Runner> runners_;
};

}  // namespace

void require_model(const Queue& queue, const RunnableModel& model) {
    const LocalModel& local = model.data->local();
    const int n_seen = local.n_descriptors() + static_cast<int>(local.pair_terms.size());
    if (n_seen > most_descriptors)
        throw InputError(concat("a model of ", n_seen,
                                " descriptors and pair tables does not run on a GPU, which takes ", most_descriptors,
                                " at most; it runs on the CPU"));
    for (const NetTerm& term : local.terms)
        for (const Descriptor& descriptor : term.descriptors)
            if (const auto* one = std::get_if<SeAtten>(&descriptor))
                for (const AttentionLayer& layer : one->attention)
                    require_attention(queue, layer.n_hidden, model.precision == Precision::fp64);
    for (const NetTerm& term : local.terms)
        if (term.compressed)
            for (const CompressedDescriptor& form : term.compressed->descriptors)
                if (const auto* moments = std::get_if<MomentForm>(&form))
                    for (const MomentCenter& center : moments->centers) require_kernels(center);
}

std::unique_ptr<Evaluator> make_local_evaluator(Queue& queue, Memory& memory) {
    return std::make_unique<LocalEvaluator>(queue, memory);
}

}  // namespace dpmd::gpu
