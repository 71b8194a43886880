#pragma once
// One local model on the GPU: cuts the atoms into tiles and puts the stages of each on the queue.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/evaluator.hpp"
#include "local/fitting.hpp"
#include "local/pair_table.hpp"
#include "local/stage_events.hpp"
#include "local/term.hpp"
#include "scratch.hpp"

namespace dpmd::gpu {

template <class Real>
using DeviceTerms = std::vector<std::unique_ptr<DeviceTerm<Real>>>;

/// What drives a tile is the same for every local model: rows, descriptor, nets, and back. Real is the arithmetic of
/// the nets; environment, forces and sums are in double.
template <class Real>
class LocalRunner {
public:
    LocalRunner(const RunnableModel& model, Operands operands, Queue& queue, Memory& memory);
    void evaluate(const Evaluation& evaluation, const ModelCall& call);
    const StageTimes& stage_times() const { return times_; }
    std::size_t scratch_bytes() const;
    std::size_t model_bytes() const;
    /// Which units multiply in which layers, for people.
    std::string choices() const { return gemm_.describe(); }

private:
    struct Tiles {
        std::int32_t moment = 0, row = 0;  ///< most atoms of one
    };

    Tiles choose_tiles();
    void make_room(const Neighborhood& seen);
    SystemView view(const Evaluation& evaluation, const ModelCall& call);
    void find_all_cuts(const Neighborhood& seen, const SystemView& system);
    AtomTile seen_by(std::size_t k, AtomTile tile);
    void run_moment_tile(const AtomTile& tile);
    void run_row_tile(const AtomTile& tile);
    void run_row_tile(const AtomTile& tile, DeviceTerm<Real>& term, std::size_t first);
    PairTableArgs pair_table(std::size_t k, const AtomTile& tile, const std::int32_t* kept);
    void begin_pair_tables(const AtomTile& tile, const std::int32_t* kept);
    void finish_pair_tables(const AtomTile& tile, const std::int32_t* kept);
    void run_energies(const AtomTile& tile, const DeviceTerm<Real>& term, const DeviceNetwork<Real>& fitting,
                      const std::int32_t* kept, int n_features, const FittingScratch<Real>& scratch);
    std::size_t moment_bytes(std::int32_t n_atoms);
    std::size_t row_bytes(std::int32_t n_atoms);
    int n_types() const { return static_cast<int>(is_silent_.size()); }
    bool is_compressed() const { return !terms_.empty() && terms_.front()->is_compressed(); }

    Queue& queue_;
    Memory& memory_;
    OverflowPolicy overflow_;
    GemmTuner gemm_;
    DeviceTerms<Real> terms_;
    std::vector<std::unique_ptr<DevicePairTable>> pair_tables_;
    std::optional<Bridge> bridge_;
    std::vector<bool> is_silent_;  // [n_types] atoms without energy
    Tiles tiles_;
    std::int32_t most_atoms_ = 0, most_neighbors_ = 0;  // seen so far
    Array<std::byte> scratch_;
    Array<std::int32_t> left_;             // [n_owned] atoms for the nets as trained
    Array<Cut> cuts_;                      // of the descriptors and pair tables that need them, one behind the other
    std::vector<std::ptrdiff_t> cuts_of_;  // [n_descriptors and pair tables] where theirs begin; negative: none
    Array<BridgedAtom> bridged_;           // of a tile
    Array<DeviceTotals> totals_;
    std::int64_t n_fallback_ = 0;  // in the evaluation that has begun
    StageEvents clock_;
    StageTimes times_;  // of evaluations that the host waited for
};

}  // namespace dpmd::gpu
