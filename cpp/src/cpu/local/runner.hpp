#pragma once
// One local model on the CPU: its packed weights and scratch, the tiles that threads work on, and the sums over them.
#include <span>
#include <vector>

#include "backend/evaluator.hpp"
#include "core/array.hpp"
#include "core/workspace.hpp"
#include "cpu/local/packed_model.hpp"
#include "cpu/local/tile_args.hpp"

namespace dpmd::cpu {

/// Real is the number type of the nets; environment, forces and sums are in double.
template <class Real>
class LocalRunner {
public:
    /// `in_half`: matrix products take values rounded to bfloat16, in all layers except the first of embedding and the
    /// last of fitting nets.
    LocalRunner(const RunnableModel& model, const TileKernels& kernels, bool in_half, int n_threads);

    /// Evaluates several models on the same atoms, models[k] with calls[k]. They must have the same environments, which
    /// are computed once.
    static void evaluate(std::span<LocalRunner* const> models, const Evaluation& evaluation,
                         std::span<const ModelCall> calls);
    /// Whether the environment rows of the two differ only in their normalisation, so that tiles can be shared.
    bool sees_environments_of(const LocalRunner& other) const;

    // describe_atoms.cpp
    DescriptionWidths description_widths() const;
    EvaluateStatus describe(const Evaluation& evaluation, const DescribeOutputs& outputs);

    const StageTimes& stage_times() const { return times_; }
    std::size_t scratch_bytes() const;
    std::size_t model_bytes() const { return model_.bytes(); }

private:
    struct Tile {
        int center_type;
        std::int32_t first, count;  // in by_type
    };

    enum class Tiles { for_forces, to_describe };  // silent atoms have no forces, but descriptors
    void look_at(const Evaluation& evaluation, const ModelCall& call);
    void make_tiles(const Evaluation& evaluation, Tiles purpose);
    void begin(const Evaluation& evaluation, const ModelCall& call);
    void end(const Evaluation& evaluation);
    EvaluateTotals add_up_totals();
    TileArgs<Real> work_on(const Tile& tile, const PackedForm<Real>& form, int thread, Workspace& workspace);
    static void run(std::span<LocalRunner* const> models, const Tile& tile, int thread);
    bool has_own_forces() const;
    std::int64_t* forces_of(int thread);
    void gather_forces();

    const LocalKernels<Real>& kernels_;
    int n_threads_;
    OverflowPolicy overflow_;
    PackedModel<Real> model_;
    std::vector<Workspace> workspaces_;  // per thread
    std::vector<TileTotals> totals_;     // per thread
    Array<std::int64_t> own_forces_;     // on atoms as centres
    Array<std::int64_t> thread_forces_;  // on atoms as neighbours, for each thread except the first
    StageTimes times_;

    // of the current evaluation
    std::int32_t n_owned_ = 0, n_total_ = 0;
    const std::int32_t* by_type_ = nullptr;
    TileSystem system_;
    ModelCall call_;
    std::vector<Tile> tiles_;
};

}  // namespace dpmd::cpu
