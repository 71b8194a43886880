#pragma once
// Models of one number type that see the same environments, whose tiles are evaluated together.
#include <memory>
#include <utility>
#include <vector>

#include "cpu/local/runner.hpp"

namespace dpmd::cpu {

template <class Real>
class ModelGroup {
public:
    /// A group of one model; `place` is the model's among all models of the evaluator.
    ModelGroup(std::size_t place, std::unique_ptr<LocalRunner<Real>> runner) { add(place, std::move(runner)); }
    bool takes(const LocalRunner<Real>& runner) const { return runner.sees_environments_of(first()); }
    void add(std::size_t place, std::unique_ptr<LocalRunner<Real>> runner) {
        members_.push_back({place, std::move(runner)});
    }

    LocalRunner<Real>& first() const { return *members_.front().runner; }
    template <class F>
    std::size_t sum(F&& of) const {
        std::size_t total = 0;
        for (const Member& member : members_) total += of(*member.runner);
        return total;
    }

    /// Evaluates those of its models that are asked.
    void evaluate(const Evaluation& evaluation) {
        const std::size_t begin = evaluation.first_model, end = begin + evaluation.calls.size();
        asked_.clear();
        calls_.clear();
        for (const Member& member : members_) {
            if (member.place < begin || member.place >= end) continue;
            asked_.push_back(member.runner.get());
            calls_.push_back(evaluation.calls[member.place - begin]);
        }
        if (!asked_.empty()) LocalRunner<Real>::evaluate(asked_, evaluation, calls_);
    }

private:
    struct Member {
        std::size_t place;
        std::unique_ptr<LocalRunner<Real>> runner;
    };
    std::vector<Member> members_;
    std::vector<LocalRunner<Real>*> asked_;  // scratch
    std::vector<ModelCall> calls_;           // scratch
};

}  // namespace dpmd::cpu
