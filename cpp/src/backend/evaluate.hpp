#pragma once
// Inputs and outputs of an evaluation, as plain data for tiles and kernels.
#include <cstdint>

#include "math/fixed_point.hpp"

namespace dpmd {

/// What to do with more neighbours of a type than `sel`: report an error, or use only the nearest `sel`, as DeePMD-kit
/// silently does.
enum class OverflowPolicy { error, keep_nearest };

/// Neighbours of each owned atom, within the list cutoff, ordered by (type, distance when built, global id).
struct NeighborListView {
    const std::int64_t* first = nullptr;  ///< [n_owned + 1] offsets into `index`
    const std::int32_t* index = nullptr;  ///< owned or ghost atom
    std::int32_t most = 0;                ///< most neighbours of one atom
};

/// What a backend found wrong during an evaluation. The fault of the first atom in list order is reported, so the
/// message is reproducible; of several faults of an atom, the one that comes first here, as in an evaluation.
enum class EvaluateFault {
    none,
    too_many_neighbors,
    coincident_atoms,
    energy_not_finite,
    force_too_large,
    nearer_than_table,  ///< than a pair table begins
};

struct EvaluateStatus {
    EvaluateFault fault = EvaluateFault::none;
    std::int32_t atom = 0;        ///< index of the centre atom
    std::int32_t neighbor = -1;   ///< index of the other atom, or -1
    std::int32_t type = -1;       ///< neighbour type, or -1: all (too_many_neighbors)
    std::int32_t count = 0;       ///< neighbours of that type (too_many_neighbors)
    double value = 0;             ///< distance, force or energy at fault
    std::int32_t descriptor = 0;  ///< of the model, counted over its terms, pair tables last (too_many_neighbors)
};

/// Results of an evaluation for all atoms together.
struct EvaluateTotals {
    FixedSum energy;     ///< eV
    FixedSum virial[9];  ///< -sum g_a d_b, eV
    EvaluateStatus status;
    /// Atoms that the fast form of a model cannot evaluate, and that its networks as trained have evaluated.
    std::int64_t n_fallback = 0;
    /// Atoms that still wait for the networks as trained (Evaluation::may_defer): forces are not complete.
    std::int64_t n_deferred = 0;
};

/// Owned atoms grouped by type, in list order inside a type.
struct AtomsByType {
    const std::int32_t* by_type = nullptr;     ///< in backend memory
    const std::int32_t* type_first = nullptr;  ///< [n_types + 1] offsets into by_type, in host memory
};

/// Atoms and their neighbours, from our own list or that of a host code. Arrays are in backend memory.
struct Neighborhood {
    std::int32_t n_owned = 0, n_total = 0;  ///< owned atoms come first, ghosts follow
    const double* positions = nullptr;      ///< [n_total][3] Å
    const std::int32_t* types = nullptr;    ///< [n_total], negative: a virtual atom without energy or force
    NeighborListView neighbors;
    AtomsByType atoms;            ///< the atoms to evaluate: all, or some of them
    std::int32_t first_type = 0;  ///< of the first atom of the whole system, which some models show in empty slots
};

/// Parameters of one model and where its results go. All arrays except fparam are in backend memory.
struct ModelCall {
    const double* fparam = nullptr;        ///< [n_fparam], in host memory
    double* atom_energies = nullptr;       ///< [n_owned] eV
    std::int64_t* forces = nullptr;        ///< [n_total][3] fixed point; ghosts hold a share of the owner's force
    std::int64_t* atom_virials = nullptr;  ///< [n_total][9] fixed point, or null: not wanted
    EvaluateTotals* totals = nullptr;
};

/// Where the time of an evaluation goes, forwards and backwards together.
struct StageSeconds {
    const char* stage;
    double seconds;  ///< summed over threads
};

}  // namespace dpmd
