#pragma once
// Models on one set of atoms: keeps the neighbour list valid, evaluates, and returns forces in the caller's order. A
// simulation moves by the forces of the first model; others may be evaluated on the same atoms. When several ranks
// share a system, each has its own atoms, and computing is collective.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/fork.hpp"
#include "dpmd/potential.hpp"
#include "engine/force_call.hpp"
#include "engine/model_set.hpp"
#include "engine/staging.hpp"

namespace dpmd {

class ForceEngine {
public:
    /// With a `skin` of 0 the list is built for every call.
    ForceEngine(const RunnableModel& model, std::shared_ptr<Backend> backend, double skin,
                std::shared_ptr<Communicator> ranks = make_single_rank());
    /// Adds a model with the same types and parameters. If its cutoff is larger, the list grows and is built anew.
    void add_model(const RunnableModel& model);
    std::size_t n_models() const { return models_.size(); }

    /// Whether the neighbour list must be built anew for these positions. The next evaluation relies on this answer and
    /// does not check again: in between, and only before a build, atoms may change their rank. Collective.
    bool needs_list(const ForceCall& call);
    /// Throws InputError for atoms, boxes or parameters that the model cannot take, naming the atom.
    ForceTotals compute(const ForceCall& call);
    /// The same queued on the backend without waiting. Forces go to the call's array, energy and virial to the state,
    /// which halts when the list is no longer valid, when atoms need the fallback, or when the evaluation fails; then
    /// call `compute`. The cell is the state's; there are no per-atom energies or virials. One rank only.
    void put_forces(const ForceCall& call, StepState* state);
    /// Evaluates the models from `first` on, with one list and, where possible, one shared environment; outputs[k] are
    /// those of model first + k, and the call's own stay unchanged. Atoms do not change their rank.
    std::vector<ForceTotals> compute_models(const ForceCall& call, std::size_t first,
                                            std::span<const ForceOutputs> outputs);
    /// The same as `compute` with all arrays in host memory.
    ForceTotals compute_on_host(const ForceCall& call);
    /// The same for all models: outputs [n_models].
    std::vector<ForceTotals> compute_on_host(const ForceCall& call, std::span<const ForceOutputs> outputs);

    /// Descriptors and last hidden layer of each atom from the networks of the first model as trained, [n][width] in
    /// the caller's order, with the widths of its evaluator, which must support this. All arrays are in host memory,
    /// which must be the backend's.
    void describe_on_host(const ForceCall& call, double* descriptors, double* hidden);

    /// Builds the list at positions other than those of the next call: a restart continues with the list of the
    /// previous run.
    void build_list_at(const AtomsView& atoms, const Lattice& lattice);
    /// Sets which rank owns which part of the box, from the next list on.
    void set_decomposition(const Decomposition& decomposition) { list_.set_decomposition(decomposition); }
    /// Forgets the list; the next call builds it.
    void discard_list() {
        list_is_built_ = false;
        answer_.reset();
    }

    Backend& backend() const { return *backend_; }
    const VerletList& list() const { return list_; }
    const Evaluator& evaluator() const { return models_.evaluator(); }
    /// Atoms for which the first model took the fallback in its last call (EvaluateTotals).
    std::int64_t n_fallback() const { return models_.totals(0).n_fallback; }
    /// Times of all calls so far: elapsed time for the neighbour list, summed over threads for the other stages.
    std::vector<StageTime> stage_times() const;
    /// Memory held, bytes, without the caller's arrays and the weights of the models.
    std::size_t bytes() const;
    /// The packed weights, bytes. The models themselves are shared with others and not counted.
    std::size_t model_bytes() const { return models_.model_bytes(); }

private:
    int n_types() const { return models_.data(0).n_types(); }
    bool has_list_for(const ForceCall& call);
    enum class Part { all, inner, outer };
    bool update_list(const ForceCall& call);
    void evaluate_with_halo(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs,
                            bool rebuilt);
    void evaluate(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs, Part part,
                  bool may_defer);
    void take_parameters(const ForceCall& call);
    Evaluation evaluation(const ForceCall& call, Part part) const;
    ForceTotals collect(const ForceCall& call, std::size_t model, const ForceOutputs& to);
    ForceTotals add_up(std::size_t model);
    void give_back(int width, MirroredArray<std::int64_t>& fixed, double* to);
    [[noreturn]] void fail(std::size_t model, const EvaluateStatus& status) const;

    const HomeProcess home_;  // the process that owns the device
    std::shared_ptr<Backend> backend_;
    ModelSet models_;
    VerletList list_;
    bool list_is_built_ = false;
    std::optional<bool> answer_;  // of needs_list, for the next evaluation
    std::int64_t list_nanoseconds_ = 0, halo_nanoseconds_ = 0;
    Array<double> aparam_;                     // in the list's order
    std::vector<std::int32_t> checked_types_;  // types for which the list was built, in the caller's order
    Staging staging_;                          // used where the backend's memory is not the host's
};

}  // namespace dpmd
