#pragma once
// The tile evaluation verb: energies, forces and virials of a set of atoms with their neighbour list.
#include <cstdint>
#include <span>
#include <string>

#include "math/fixed_point.hpp"

namespace dpmd {

/// Neighbours of each owned atom, within the list cutoff, ordered by (type, distance when built, global id).
struct NeighborListView {
    const std::int64_t* first = nullptr;  ///< [n_owned + 1] offsets into `index`
    const std::int32_t* index = nullptr;  ///< owned or ghost atom
    std::int32_t most = 0;                ///< most neighbours of one atom
};

/// What a backend found wrong during an evaluation; the first atom in list order wins, so the message is reproducible.
enum class EvaluateFault { none, too_many_neighbors, coincident_atoms, force_too_large, energy_not_finite };

struct EvaluateStatus {
    EvaluateFault fault = EvaluateFault::none;
    std::int32_t atom = 0;       ///< index of the centre atom
    std::int32_t neighbor = -1;  ///< index of the other atom, or -1
    std::int32_t type = -1;      ///< neighbour type (too_many_neighbors)
    std::int32_t count = 0;      ///< neighbours of that type (too_many_neighbors)
    double value = 0;            ///< distance, force or energy at fault
};

/// More neighbours of a type than `sel`: an error, or only the nearest `sel` count (as DeePMD-kit does silently).
enum class OverflowPolicy { error, keep_nearest };

/// Where the time of an evaluation goes, forwards and backwards together.
enum class Stage { environment, embedding, descriptor, fitting, forces };
inline constexpr int n_stages = 5;

/// Nanoseconds by stage, summed over threads.
struct StageTimes {
    std::int64_t nanoseconds[n_stages] = {};
};

/// What an evaluation finds for all atoms together.
struct EvaluateTotals {
    FixedSum energy;     ///< eV
    FixedSum virial[9];  ///< -sum g_a d_b, eV
    EvaluateStatus status;
    /// Atoms of compressed centre types that were too close to others for their tables and took the exact nets.
    std::int64_t n_exact = 0;
    /// Of these, those that still wait for the exact nets (EvaluateArgs::may_defer): forces are not complete.
    std::int64_t n_waiting = 0;
};

/// Arrays are in backend memory unless they say otherwise.
struct EvaluateArgs {
    std::int32_t n_owned = 0, n_total = 0;     ///< owned atoms come first, ghosts follow
    const double* positions = nullptr;         ///< [n_total][3] Å
    const std::int32_t* types = nullptr;       ///< [n_total], negative: a virtual atom without energy or force
    const std::int32_t* by_type = nullptr;     ///< owned atoms grouped by type, in list order inside a type
    const std::int32_t* type_first = nullptr;  ///< [n_types + 1] offsets into by_type, in host memory
    NeighborListView neighbors;
    const double* fparam = nullptr;  ///< [n_fparam], in host memory
    const double* aparam = nullptr;  ///< [n_owned][n_aparam]
    OverflowPolicy overflow = OverflowPolicy::error;
    /// An evaluation may be given in parts, each with its own atoms in by_type and what else they need in place: the
    /// first part clears the outputs, the last completes them.
    bool begins = true, ends = true;
    bool may_defer = false;  ///< rather leave atoms waiting for the exact nets than ask the host what to do

    double* atom_energies = nullptr;       ///< [n_owned] eV
    std::int64_t* forces = nullptr;        ///< [n_total][3] fixed point, ghosts hold their share of the owner's force
    std::int64_t* atom_virials = nullptr;  ///< [n_total][9] fixed point, or null: not wanted
    EvaluateTotals* totals = nullptr;
};

/// How many numbers describe an atom.
struct DescriptionWidths {
    int descriptor = 0;
    int hidden = 0;  ///< of the widest fitting net's last hidden layer; 0: the evaluator describes no atoms
};

/// What the exact nets make of each atom on the way to its energy. Nothing is written but this.
struct DescribeArgs {
    EvaluateArgs system;            ///< its outputs may be null
    double* descriptors = nullptr;  ///< [n_owned][descriptor]
    double* hidden = nullptr;       ///< [n_owned][hidden], zeros behind a narrower net's
};

/// A model prepared by a backend: weights packed and resident, scratch owned. One evaluation at a time.
class Evaluator {
public:
    virtual ~Evaluator() = default;
    virtual void evaluate(const EvaluateArgs& args) = 0;
    virtual DescriptionWidths description_widths() const { return {}; }
    /// For evaluators with widths; those without are not asked.
    virtual EvaluateStatus describe(const DescribeArgs&) { return {}; }
    /// Of all evaluations so far.
    virtual const StageTimes& stage_times() const = 0;
    /// Scratch held now, bytes.
    virtual std::size_t scratch_bytes() const = 0;
    /// The instruction set or device kernels in use, for people to read.
    virtual const char* kernels() const = 0;
    /// What was measured and chosen when the model was loaded, a line each, for people to read; empty: nothing.
    virtual std::string choices() const { return {}; }
};

/// One of several models on the same atoms and neighbours.
struct EvaluateTogether {
    Evaluator* evaluator = nullptr;
    EvaluateArgs args;
};

}  // namespace dpmd
