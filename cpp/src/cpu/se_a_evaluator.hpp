#pragma once
// The CPU's evaluator of se_e2_a models: prepares the weights, hands out tiles to threads, gathers forces and totals.
#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "cpu/se_a_model.hpp"

namespace dpmd::cpu {

class SeAEvaluator final : public Evaluator {
public:
    SeAEvaluator(const ModelSpec& spec, const SeAKernels<double>& kernels, int n_threads);
    void evaluate(const EvaluateArgs& args) override;
    std::size_t scratch_bytes() const override;
    const char* kernels() const override { return kernels_.isa; }

private:
    struct Tile {
        int center_type;
        std::int32_t first, count;  // in by_type
    };

    const SeAKernels<double>& kernels_;
    int n_threads_;
    SeAModel<double> model_;
    std::vector<Workspace> workspaces_;  // per thread
    std::vector<TileTotals> totals_;     // per thread
    std::vector<Tile> tiles_;
    Array<std::int64_t> own_forces_;
};

}  // namespace dpmd::cpu
