#pragma once
// A se_e2_a model with packed weights, and the functions that one instruction set offers for it.
#include <cstdint>
#include <optional>
#include <vector>

#include "backend/evaluate.hpp"
#include "backend/local_stages.hpp"
#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"
#include "math/environment.hpp"

namespace dpmd {
struct ModelData;
}

namespace dpmd::cpu {

/// What a centre type sees of a neighbour type.
template <class Real>
struct SeASection {
    const PackedNetwork<Real>* network = nullptr;  ///< null: contributes nothing
    int sel = 0;
    bool is_neighbor = true;  ///< false: such neighbours are ignored (sel = 0 or a model-level exclusion)
    bool is_embedded = true;  ///< false: excluded in the descriptor, neighbours are counted but have no rows
    bool has_padding = true;  ///< empty slots contribute
    Array<Real> padding;      ///< [4][channel_stride] what one empty slot adds to the moments, before 1/N
};

/// The moment form of a centre type (models/local/moment_form.hpp).
template <class Real>
struct MomentCenter {
    int n_basis = 0, n_axis = 0;
    int stride = 0;  ///< n_basis in whole vectors
    int n_features = 0, n_fitting_in = 0;
    std::vector<MomentTable<Real>> tables;  ///< [n_types], without rows where neighbours have none
    std::vector<Array<Real>> padding;       ///< [n_types][4][stride] what one empty slot adds to the moments
    PackedNetwork<Real> fitting;
};

template <class Real>
struct SeACenter {
    double shift[4], inverse_scale[4];       ///< of the environment row: (R - davg) / dstd
    std::vector<SeASection<Real>> sections;  ///< [n_types]
    PackedNetwork<Real> fitting;
    double energy_shift = 0;
    bool is_silent = false;  ///< model-level atom exclusion: zero energy
    bool subtract_vacuum = false;
    std::optional<MomentCenter<Real>> moment;  ///< compressed: what serves all atoms without very close neighbours
};

template <class Real>
struct SeAModel {
    int n_types = 0;
    SwitchRange range{};
    double protection = 0;
    double inverse_normalization = 1;
    int n_slots = 0;                        ///< sum of sel
    bool overflow_all_types_first = false;  ///< see Environment
    int n_channels = 0, channel_stride = 0, n_axis = 0;
    int n_fparam = 0, n_aparam = 0, n_fitting_in = 0;
    bool is_compressed = false;
    std::vector<double> fparam_shift, fparam_scale, aparam_shift, aparam_scale, case_embedding;
    std::vector<PackedNetwork<Real>> embeddings;
    std::vector<SeACenter<Real>> centers;

    std::size_t bytes() const;
};

/// The system of one evaluation as one model sees it: what tiles read and where they write.
struct TileSystem {
    const double* positions = nullptr;    ///< [n_total][3] Å
    const std::int32_t* types = nullptr;  ///< [n_total]
    NeighborListView neighbors;
    const double* fparam = nullptr;  ///< [n_fparam]
    const double* aparam = nullptr;  ///< [n_owned][n_aparam]
    OverflowPolicy overflow = OverflowPolicy::error;
    double* atom_energies = nullptr;       ///< [n_owned] eV
    std::int64_t* atom_virials = nullptr;  ///< [n_total][9] fixed point, or null
};

/// What a tile adds to the totals of the whole evaluation.
struct TileTotals {
    FixedSum energy, virial[9];
    EvaluateStatus status;
    StageTimes times;
    std::int64_t n_fallback = 0;  ///< atoms of compressed centre types that the nets as trained have served
};

/// Atoms of one centre type, evaluated back to back.
template <class Real>
struct TileArgs {
    const SeAModel<Real>* model;
    const TileSystem* system;
    const std::int32_t* atoms;  ///< [n_atoms]
    int n_atoms;
    int center_type;
    std::int64_t* own_forces;  ///< [n_owned][3] fixed point, written once per atom
    std::int64_t* forces;      ///< [n_total][3] fixed point, forces on neighbours are added here
    bool shared_forces;        ///< other threads add to the same forces at the same time
    bool shared_virials;       ///< the same for system->atom_virials
    Workspace* workspace;
    TileTotals* totals;
};

/// Where a tile puts what it makes of its atoms on the way to their energies: rows of all owned atoms.
struct TileDescription {
    double* descriptors;  ///< [n_owned][n_channels * n_axis]
    double* hidden;       ///< [n_owned][hidden_stride]
    int hidden_stride;
};

/// The functions of one instruction set for one kind of number.
template <class Real>
struct LocalKernels {
    KernelShape shape;
    /// [n_models] the same atoms by models that see the same environment, which is formed once.
    void (*evaluate_tile)(const TileArgs<Real>* tiles, int n_models);
    /// The same in moment form; puts the atoms that need the exact nets to `left` [n_models][n_atoms] and their number
    /// to `n_left` [n_models].
    void (*evaluate_moment_tile)(const TileArgs<Real>* tiles, int n_models, std::int32_t* left, int* n_left);
    /// With the exact nets, forward only.
    void (*describe_tile)(const TileArgs<Real>& tile, const TileDescription& to);
    /// Output of an embedding net at one input, [out_stride].
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

/// Packs the weights for one instruction set. `in_half`: matrix products of values rounded to bfloat16, in all layers
/// but the first of embedding and the last of fitting nets.
template <class Real>
SeAModel<Real> prepare(const ModelData& model, const LocalKernels<Real>& kernels, bool in_half, const HalfUnit* unit);

}  // namespace dpmd::cpu
