#pragma once
// One model on one set of atoms: keeps the neighbour list valid, evaluates, and returns forces in the caller's order.
// Several ranks share a system: each has its atoms, and computing is collective.
#include <array>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "dpmd/potential.hpp"
#include "neighbor/verlet_list.hpp"

namespace dpmd {

/// Inputs and outputs of one force call; every array in the caller's order, and but for fparam in backend memory.
struct ForceCall {
    AtomsView atoms;
    Lattice lattice;
    std::span<const double> fparam;  ///< [n_fparam], empty: the model's default
    std::span<const double> aparam;  ///< [n][n_aparam]
    OverflowPolicy overflow = OverflowPolicy::error;
    bool same_types = false;  ///< the caller vouches that the types are those of the call before
    /// Called before the neighbour list is built anew, when atoms may change their rank: the rest of the call may be
    /// changed then. Collective.
    std::function<void(ForceCall&)> before_build;

    double* forces = nullptr;         ///< [n][3] eV/Å
    double* atom_energies = nullptr;  ///< [n] eV, or null
    double* atom_virials = nullptr;   ///< [n][9] eV, or null
};

struct ForceTotals {
    double energy = 0;               ///< eV, of all ranks
    std::array<double, 9> virial{};  ///< eV, row-major, -sum_ij g_a d_b with g = dE/d(r_j - r_i)
    bool rebuilt = false;            ///< whether the neighbour list was built anew
};

class ForceEngine {
public:
    /// `compressed` is the model's moment form, or null for the exact nets. `skin` 0: the list is built for every call.
    ForceEngine(std::shared_ptr<const ModelSpec> model, const std::shared_ptr<const CompressedModel>& compressed,
                std::shared_ptr<Backend> backend, Precision precision, double skin,
                std::shared_ptr<Communicator> ranks = make_single_rank());

    /// InputError for atoms, boxes or parameters that the model cannot take, naming the atom.
    ForceTotals compute(const ForceCall& call);
    /// The same put on the backend without waiting: forces to the call's array, energy and virial to the state, which
    /// halts when the list is worn out, when atoms need the exact nets, or when the evaluation fails; `compute` serves
    /// then. The cell is the state's; no per-atom energies or virials. One rank only.
    void put_forces(const ForceCall& call, StepState* state);
    /// The same as `compute` with all arrays in host memory.
    ForceTotals compute_on_host(const ForceCall& call);

    /// Builds the list at other positions than the next call's: a restart continues with the list of the run before.
    void build_list_at(const AtomsView& atoms, const Lattice& lattice);
    /// Which rank owns what, from the next list on.
    void set_decomposition(const Decomposition& decomposition) { list_.set_decomposition(decomposition); }
    /// Forgets the list; the next call builds it.
    void discard_list() { list_is_built_ = false; }

    Backend& backend() const { return *backend_; }
    const VerletList& list() const { return list_; }
    const Evaluator& evaluator() const { return *evaluator_; }
    /// Atoms that took the exact nets in the last call (EvaluateTotals).
    std::int64_t n_exact() const;
    /// Of all calls so far; the neighbour list in elapsed time, the other stages summed over threads.
    std::vector<StageTime> stage_times() const;
    /// Memory held beyond what the caller passes, bytes.
    std::size_t bytes() const;

private:
    void check(const ForceCall& call) const;
    void check_atoms(const AtomsView& atoms) const;
    bool has_list_for(const ForceCall& call);
    enum class Part { all, inner, outer };
    void evaluate(const ForceCall& call, Part part, bool may_defer);
    ForceTotals add_up();
    void give_back(int width, Array<std::int64_t>& fixed, double* to);
    std::span<const double> frame_parameters(const ForceCall& call) const;
    [[noreturn]] void fail(const EvaluateStatus& status) const;
    template <class T>
    T element(const T* array, std::int32_t k) const;

    std::shared_ptr<const ModelSpec> model_;
    std::shared_ptr<Backend> backend_;
    std::unique_ptr<Evaluator> evaluator_;
    VerletList list_;
    bool list_is_built_ = false;
    std::int64_t list_nanoseconds_ = 0, halo_nanoseconds_ = 0;
    Array<double> aparam_, atom_energies_;       // internal order
    Array<std::int64_t> forces_, atom_virials_;  // internal order, fixed point
    Array<EvaluateTotals> totals_;
    std::vector<std::int32_t> checked_types_;  // of the list, caller's order

    /// What compute_on_host keeps in the memory of a device.
    struct Staging {
        explicit Staging(Memory& memory);
        Array<double> positions, aparam, forces, atom_energies, atom_virials;
        Array<std::int32_t> types;
        Array<std::int64_t> ids;
        std::size_t bytes() const {
            return positions.bytes() + aparam.bytes() + forces.bytes() + atom_energies.bytes() + atom_virials.bytes() +
                   types.bytes() + ids.bytes();
        }
    } staging_;
};

}  // namespace dpmd
