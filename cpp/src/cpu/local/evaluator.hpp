#pragma once
// The CPU's evaluator of se_e2_a models: prepares the weights, hands out tiles to threads, gathers forces and totals.
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "cpu/local/se_a_model.hpp"

namespace dpmd::cpu {

/// Real is the arithmetic of the nets; environment, forces and sums are in double.
template <class Real>
class SeAEvaluator final : public Evaluator {
public:
    /// `compressed` may be null. `in_half`: matrix products of values rounded to bfloat16, in all layers but the first
    /// of embedding and the last of fitting nets.
    SeAEvaluator(const ModelSpec& spec, const CompressedModel* compressed, const TileKernels& kernels, bool in_half,
                 int n_threads);
    void evaluate(const EvaluateArgs& args) override;
    /// Several models on the same atoms and neighbours; the environment is formed once. They must see the same one, and
    /// args[k] may differ in parameters and outputs.
    static void evaluate_together(std::span<SeAEvaluator* const> models, std::span<const EvaluateArgs> args);
    /// Whether environment rows of the two differ in their normalisation only, and tiles can serve both.
    bool sees_environment_of(const SeAEvaluator& other) const;
    DescriptionWidths description_widths() const override;
    EvaluateStatus describe(const DescribeArgs& args) override;
    const StageTimes& stage_times() const override { return times_; }
    std::size_t scratch_bytes() const override;
    const char* kernels() const override { return isa_; }

private:
    struct Tile {
        int center_type;
        std::int32_t first, count;  // in by_type
    };

    enum class Silent { left_out, taken };
    void make_tiles(const EvaluateArgs& args, std::int32_t most, Silent silent);
    void begin(const EvaluateArgs& args);
    void end(const EvaluateArgs& args);
    EvaluateTotals add_up_totals();
    TileArgs<Real> work_on(const Tile& tile, const EvaluateArgs& args, int thread, Workspace& workspace);
    static void run(std::span<SeAEvaluator* const> models, std::span<const EvaluateArgs> args, const Tile& tile,
                    int thread);
    bool has_own_forces() const;
    std::int64_t* forces_of(int thread, const EvaluateArgs& args);
    void gather_forces(const EvaluateArgs& args);

    const char* isa_;
    const SeAKernels<Real>& kernels_;
    int n_threads_;
    SeAModel<Real> model_;
    std::vector<Workspace> workspaces_;  // per thread
    std::vector<TileTotals> totals_;     // per thread
    std::vector<Tile> tiles_;
    Array<std::int64_t> own_forces_;     // of atoms as centres
    Array<std::int64_t> thread_forces_;  // of atoms as neighbours, per thread but the first
    StageTimes times_;
};

}  // namespace dpmd::cpu
