#pragma once
// se_e2_r as its tiles take it: as trained, and in moment form.
#include <vector>

#include "cpu/local/packed_embedding.hpp"
#include "cpu/local/packed_environment.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_r.hpp"

namespace dpmd::cpu {

/// What the slots of a section add that have no rows, [stride] each, before the factor; without elements: nothing.
template <class Real>
struct SlotsWithoutRows {
    int sel = 0;
    Array<Real> empty;     ///< an empty slot
    Array<Real> zero_row;  ///< a neighbour that is seen as a row of zeros

    std::size_t bytes() const { return empty.bytes() + zero_row.bytes(); }
};

template <class Real>
struct PackedSeR {
    PackedEmbedding<Real> embedding;
    double factor = 1;                                          ///< 1/(5 N)
    std::vector<std::vector<SlotsWithoutRows<Real>>> sections;  ///< [n_types][n_types]

    DPMD_HD int n_features(int) const { return embedding.n_channels; }
    std::size_t bytes() const;
};

template <class Real>
struct PackedSeRMoment {
    struct Center {
        int n_basis = 0;
        int stride = 0;                                ///< n_basis in whole vectors
        Real radial_scale = 1;                         ///< dstd: row = (s - davg) / dstd
        std::vector<MomentTable<Real>> tables;         ///< [n_types], without rows where neighbours have none
        std::vector<SlotsWithoutRows<Real>> sections;  ///< [n_types]
    };

    double factor = 1;            ///< 1/(5 N)
    std::vector<Center> centers;  ///< [n_types]

    DPMD_HD int n_features(int center) const { return centers[std::size_t(center)].n_basis; }
    std::size_t bytes() const;
};

template <class Real>
PackedSeR<Real> prepare(const SeR& from, const PackedEnvironment& environment, const Packing<Real>& packing);

template <class Real>
PackedSeRMoment<Real> prepare_compressed(const SeR& from, const MomentForm& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing);

}  // namespace dpmd::cpu
