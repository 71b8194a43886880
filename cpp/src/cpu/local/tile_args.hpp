#pragma once
// The arguments of the evaluation of a tile, and the functions that one instruction set offers for it.
#include <cstdint>

#include "backend/evaluate.hpp"
#include "backend/local_stages.hpp"
#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"

namespace dpmd::cpu {

struct PackedEnvironment;
template <class Real>
struct PackedForm;

/// The system of one evaluation for one model: what tiles read and where they write.
struct TileSystem {
    const double* positions = nullptr;    ///< [n_total][3] Å
    const std::int32_t* types = nullptr;  ///< [n_total]
    NeighborListView neighbors;
    const double* fparam = nullptr;  ///< [n_fparam]
    const double* aparam = nullptr;  ///< [n_owned][n_aparam]
    OverflowPolicy overflow = OverflowPolicy::error;
    int first_type = 0;                    ///< of the first atom of the system
    double* atom_energies = nullptr;       ///< [n_owned] eV
    std::int64_t* atom_virials = nullptr;  ///< [n_total][9] fixed point, or null
};

/// The contribution of a tile to the totals of the whole evaluation.
struct TileTotals {
    FixedSum energy, virial[9];
    EvaluateStatus status;
    StageTimes times;
    std::int64_t n_fallback = 0;  ///< atoms that the compressed form left to the networks as trained
};

/// Atoms of one centre type, evaluated together.
template <class Real>
struct TileArgs {
    const PackedEnvironment* environments;  ///< [n_environments]
    int n_environments;
    const PackedForm<Real>* form;
    const TileSystem* system;
    const std::int32_t* atoms;  ///< [n_atoms]
    int n_atoms;
    int center_type;
    std::int64_t* own_forces;  ///< [n_owned][3] fixed point, forces on the atoms of the tile are added here
    std::int64_t* forces;      ///< [n_total][3] fixed point, forces on neighbours are added here
    bool shared_forces;        ///< other threads add to the same forces at the same time
    bool shared_virials;       ///< the same for system->atom_virials
    Workspace* workspace;
    TileTotals* totals;
};

/// Where a tile puts descriptors and last hidden layer of its atoms: rows of all owned atoms.
struct TileDescription {
    double* descriptors;  ///< [n_owned][descriptor_stride] features of the networks as trained
    int descriptor_stride;
    double* hidden;  ///< [n_owned][hidden_stride]
    int hidden_stride;
};

/// The functions of one instruction set for one kind of number.
template <class Real>
struct LocalKernels {
    KernelShape shape;
    /// Evaluates the same atoms with [n_models] models that have the same environments, which are computed once. Lists
    /// the atoms that a form cannot evaluate in `left` [n_models][n_atoms] and their number in `n_left` [n_models].
    void (*evaluate_tile)(const TileArgs<Real>* tiles, int n_models, std::int32_t* left, int* n_left);
    /// Runs forwards only.
    void (*describe_tile)(const TileArgs<Real>& tile, const TileDescription& to);
    /// Outputs of an embedding net at one input, [out_stride].
    void (*embed)(const PackedNetwork<Real>& network, double s, Real* out, Workspace& workspace);
};

/// One instruction set.
struct TileKernels {
    const char* isa;
    LocalKernels<double> in_double;
    LocalKernels<float> in_single;
    const HalfUnit* half_unit = nullptr;  ///< for mix16

    template <class Real>
    const LocalKernels<Real>& in() const {
        if constexpr (sizeof(Real) == 8) return in_double;
        else return in_single;
    }
};

}  // namespace dpmd::cpu
