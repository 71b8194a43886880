#pragma once
// One local model on the GPU: cuts the atoms into tiles and puts the stages of each on the queue.
#include <string>

#include "backend/evaluator.hpp"
#include "local/exact_tile.hpp"
#include "local/fitting.hpp"
#include "local/moment_tile.hpp"
#include "local/se_a_model.hpp"
#include "local/stage_events.hpp"
#include "scratch.hpp"

namespace dpmd::gpu {

/// Real is the arithmetic of the nets; environment, forces and sums are in double.
template <class Real>
class LocalRunner {
public:
    LocalRunner(const RunnableModel& model, Operands operands, Queue& queue, Memory& memory);
    void evaluate(const Evaluation& evaluation, const ModelCall& call);
    const StageTimes& stage_times() const { return times_; }
    std::size_t scratch_bytes() const;
    std::size_t model_bytes() const { return model_.bytes(); }
    /// Which units multiply in which layers, for people.
    std::string choices() const { return gemm_.describe(); }

private:
    struct Tiles {
        std::int32_t moment = 0, exact = 0;  ///< most atoms of one
    };

    Tiles choose_tiles() const;
    void make_room(const Neighborhood& seen);
    SystemView view(const Evaluation& evaluation, const ModelCall& call);
    void find_all_cuts(const Neighborhood& seen, SystemView& system);
    void run_moment_tile(int type, const SystemView& system, const std::int32_t* atoms, std::int32_t n_atoms);
    void run_exact_tile(int type, const SystemView& system, const std::int32_t* atoms, std::int32_t n_atoms);
    template <class Tile>
    void run_energies(int type, const DeviceNetwork<Real>& fitting, const Tile& tile, const std::int32_t* kept,
                      int n_descriptor, const FittingScratch<Real>& scratch);
    std::size_t moment_bytes(std::int32_t n_atoms) const;
    std::size_t exact_bytes(std::int32_t n_atoms) const;
    std::int64_t rows_per_atom() const;

    Queue& queue_;
    Memory& memory_;
    OverflowPolicy overflow_;
    GemmTuner gemm_;
    SeAModel<Real> model_;
    Tiles tiles_;
    std::int32_t most_atoms_ = 0, most_neighbors_ = 0;  // seen so far
    Array<std::byte> scratch_;
    Array<std::int32_t> left_;  // [n_owned] atoms for the nets as trained
    Array<Cut> cuts_;
    Array<DeviceTotals> totals_;
    std::int64_t n_fallback_ = 0;  // in the evaluation that has begun
    StageEvents clock_;
    StageTimes times_;  // of evaluations that the host waited for
};

}  // namespace dpmd::gpu
