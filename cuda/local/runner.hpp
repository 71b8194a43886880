#pragma once
// One local model on the GPU: cuts the atoms into tiles and puts the stages of each on the queue.
#include <string>

#include "backend/evaluator.hpp"
#include "local/fitting.hpp"
#include "local/stage_events.hpp"
#include "local/term.hpp"
#include "scratch.hpp"

namespace dpmd::gpu {

/// What drives a tile is the same for every local model: rows, descriptor, nets, and back. Real is the arithmetic of
/// the nets; environment, forces and sums are in double.
template <class Real>
class LocalRunner {
public:
    LocalRunner(const RunnableModel& model, Operands operands, Queue& queue, Memory& memory);
    void evaluate(const Evaluation& evaluation, const ModelCall& call);
    const StageTimes& stage_times() const { return times_; }
    std::size_t scratch_bytes() const;
    std::size_t model_bytes() const { return term_.bytes(); }
    /// Which units multiply in which layers, for people.
    std::string choices() const { return gemm_.describe(); }

private:
    struct Tiles {
        std::int32_t moment = 0, row = 0;  ///< most atoms of one
    };

    Tiles choose_tiles();
    void make_room(const Neighborhood& seen);
    SystemView view(const Evaluation& evaluation, const ModelCall& call);
    void find_all_cuts(const Neighborhood& seen, SystemView& system);
    void run_moment_tile(const AtomTile& tile);
    void run_row_tile(const AtomTile& tile);
    void run_energies(const AtomTile& tile, const DeviceNetwork<Real>& fitting, const std::int32_t* kept,
                      const FittingInput<Real>& input, const FittingScratch<Real>& scratch);
    std::size_t moment_bytes(std::int32_t n_atoms);
    std::size_t row_bytes(std::int32_t n_atoms);
    std::int64_t rows_per_atom() const;

    Queue& queue_;
    Memory& memory_;
    OverflowPolicy overflow_;
    GemmTuner gemm_;
    DeviceTerm<Real> term_;
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
