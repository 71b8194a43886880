#pragma once
// Models on one set of atoms: keeps the neighbour list valid, evaluates, and returns forces in the caller's order. The
// first model is what a simulation moves by; others may be asked what they say about the same atoms. Several ranks
// share a system: each has its atoms, and computing is collective.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "core/fork.hpp"
#include "dpmd/potential.hpp"
#include "neighbor/verlet_list.hpp"

namespace dpmd {

/// Where a model's results go, in the caller's order, in backend memory.
struct ForceOutputs {
    double* forces = nullptr;         ///< [n][3] eV/Å
    double* atom_energies = nullptr;  ///< [n] eV, or null
    double* atom_virials = nullptr;   ///< [n][9] eV, or null
};

/// One force call; every array in the caller's order, and but for fparam in backend memory. Outputs are of the first
/// model.
struct ForceCall : ForceOutputs {
    AtomsView atoms;
    Lattice lattice;
    std::span<const double> fparam;  ///< [n_fparam], empty: the model's default
    std::span<const double> aparam;  ///< [n][n_aparam]
    bool same_types = false;         ///< the caller vouches that the types are those of the call before
};

struct ForceTotals {
    double energy = 0;               ///< eV, of all ranks
    std::array<double, 9> virial{};  ///< eV, row-major, -sum_ij g_a d_b with g = dE/d(r_j - r_i)
    bool rebuilt = false;            ///< whether the neighbour list was built anew
};

class ForceEngine {
public:
    /// `skin` 0: the list is built for every call.
    ForceEngine(const RunnableModel& model, std::shared_ptr<Backend> backend, double skin,
                std::shared_ptr<Communicator> ranks = make_single_rank());
    /// Another model of the same types and parameters. If its cutoff is larger, the list grows and is built anew.
    void add_model(const RunnableModel& model);
    std::size_t n_models() const { return members_.size(); }

    /// Whether the neighbour list must be built anew for these positions. The evaluation that follows goes by the answer
    /// and does not look again: in between, and only before a build, atoms may change their rank. Collective.
    bool needs_list(const ForceCall& call);
    /// InputError for atoms, boxes or parameters that the model cannot take, naming the atom.
    ForceTotals compute(const ForceCall& call);
    /// The same put on the backend without waiting: forces to the call's array, energy and virial to the state, which
    /// halts when the list is worn out, when atoms need the fallback, or when the evaluation fails; `compute` serves
    /// then. The cell is the state's; no per-atom energies or virials. One rank only.
    void put_forces(const ForceCall& call, StepState* state);
    /// By the models from `first` on, with one list and, where they see the same, one environment; outputs[k] are of
    /// model first + k, those of the call stay as they are. Atoms do not change their rank.
    std::vector<ForceTotals> compute_models(const ForceCall& call, std::size_t first,
                                            std::span<const ForceOutputs> outputs);
    /// The same as `compute` with all arrays in host memory.
    ForceTotals compute_on_host(const ForceCall& call);
    /// The same by all models: outputs [n_models].
    std::vector<ForceTotals> compute_on_host(const ForceCall& call, std::span<const ForceOutputs> outputs);

    /// Of each atom, in the caller's order, by the networks of the first model as trained: descriptors and hidden [n][width],
    /// with the widths of its evaluator, which must have some. All arrays are in host memory, as the backend's.
    void describe_on_host(const ForceCall& call, double* descriptors, double* hidden);

    /// Builds the list at other positions than the next call's: a restart continues with the list of the run before.
    void build_list_at(const AtomsView& atoms, const Lattice& lattice);
    /// Which rank owns what, from the next list on.
    void set_decomposition(const Decomposition& decomposition) { list_.set_decomposition(decomposition); }
    /// Forgets the list; the next call builds it.
    void discard_list() { list_is_built_ = false; }

    Backend& backend() const { return *backend_; }
    const VerletList& list() const { return list_; }
    const Evaluator& evaluator() const { return *evaluator_; }
    /// Atoms that the fallback of the first model served in its last call (EvaluateTotals).
    std::int64_t n_fallback() const;
    /// Of all calls so far; the neighbour list in elapsed time, the other stages summed over threads.
    std::vector<StageTime> stage_times() const;
    /// Memory held beyond what the caller passes, bytes.
    std::size_t bytes() const;

private:
    /// A model and its results in the list's order.
    struct Member {
        Member(const RunnableModel& model, Backend& backend);
        std::shared_ptr<const ModelData> data;
        ModelTraits traits;
        Array<double> atom_energies;
        Array<std::int64_t> forces, atom_virials;  // fixed point
        Array<EvaluateTotals> totals;
    };

    const ModelData& model() const { return *members_.front().data; }
    const ModelTraits& traits() const { return members_.front().traits; }
    void check(const ForceCall& call) const;
    void check_parameters(const ForceCall& call) const;
    void check_atoms(const AtomsView& atoms) const;
    bool has_list_for(const ForceCall& call);
    enum class Part { all, inner, outer };
    bool update_list(const ForceCall& call);
    void evaluate_with_halo(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs,
                            bool rebuilt);
    void evaluate(const ForceCall& call, std::size_t first, std::span<const ForceOutputs> outputs, Part part,
                  bool may_defer);
    void take_parameters(const ForceCall& call);
    Evaluation evaluation(const ForceCall& call, Part part) const;
    ModelCall model_call(const ForceCall& call, Member& member, bool atom_virials);
    ForceTotals collect(const ForceCall& call, Member& member, const ForceOutputs& to);
    ForceTotals add_up(Member& member);
    void give_back(int width, Array<std::int64_t>& fixed, double* to);
    [[noreturn]] void fail(const ModelData& model, const EvaluateStatus& status) const;
    template <class T>
    T element(const T* array, std::int32_t k) const;

    const HomeProcess home_;  // whose device it is
    std::shared_ptr<Backend> backend_;
    std::vector<Member> members_;
    std::unique_ptr<Evaluator> evaluator_;  // of the members, in their order
    std::vector<ModelCall> calls_;
    VerletList list_;
    bool list_is_built_ = false;
    std::optional<bool> answer_;  // of needs_list, for the evaluation that follows
    std::int64_t list_nanoseconds_ = 0, halo_nanoseconds_ = 0;
    Array<double> aparam_;                     // in the list's order
    std::vector<std::int32_t> checked_types_;  // of the list, caller's order

    /// What compute_on_host keeps in the memory of a device.
    struct Staging {
        explicit Staging(Memory& memory);
        Array<double> positions, aparam;
        Array<double> forces, atom_energies, atom_virials;  // of all models
        Array<std::int32_t> types;
        Array<std::int64_t> ids;
        std::size_t bytes() const {
            return positions.bytes() + aparam.bytes() + forces.bytes() + atom_energies.bytes() + atom_virials.bytes() +
                   types.bytes() + ids.bytes();
        }
    } staging_;
};

}  // namespace dpmd
