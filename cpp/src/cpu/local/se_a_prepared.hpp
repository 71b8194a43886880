#pragma once
// se_e2_a as its tiles take it: as trained, and in moment form.
#include <vector>

#include "cpu/local/packed_embedding.hpp"
#include "cpu/local/packed_environment.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_a.hpp"

namespace dpmd::cpu {

template <class Real>
struct PackedSeA {
    PackedEmbedding<Real> embedding;
    int n_axis = 0;
    double inverse_normalization = 1;  ///< 1/N
    /// [n_types][n_types] of [4][stride]: what an empty slot adds to the moments, before 1/N; empty: nothing.
    std::vector<std::vector<Array<Real>>> padding;

    DPMD_HD int n_features(int) const { return embedding.n_channels * n_axis; }
    std::size_t bytes() const;
};

template <class Real>
struct PackedSeAMoment {
    struct Center {
        int n_basis = 0, n_axis = 0;
        int stride = 0;  ///< n_basis in whole vectors
        int n_features = 0;
        Real radial_scale = 1;                  ///< dstd of the radial component: row_0 = (s - davg) / dstd
        std::vector<MomentTable<Real>> tables;  ///< [n_types], without rows where neighbours have none
        std::vector<Array<Real>> padding;       ///< [n_types] of [4][stride + lanes]; empty: nothing
        Array<Real> constants;                  ///< the last of the features, which are the same for all atoms
    };

    double inverse_normalization = 1;  ///< 1/N
    std::vector<Center> centers;       ///< [n_types]

    DPMD_HD int n_features(int center) const { return centers[std::size_t(center)].n_features; }
    std::size_t bytes() const;
};

/// The row that empty slots of a centre type show in the moments, [4]: p = -davg/dstd.
struct EmptyRow {
    double component[4];

    explicit EmptyRow(const PackedEnvironment::Center& center);
    /// [4][stride] of the functions of a radial component, [n].
    template <class Real, class T>
    Array<Real> moments(const std::vector<T>& functions, std::size_t stride) const {
        Array<Real> out(4 * stride);
        out.fill(Real(0));
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t c = 0; c < functions.size(); ++c)
                out[k * stride + c] = static_cast<Real>(component[k] * double(functions[c]));
        return out;
    }
};

/// What the moment forms of all descriptors that form these moments have in common: all of a centre type but constants.
template <class Real>
typename PackedSeAMoment<Real>::Center prepare_moment_center(const MomentCenter& basis,
                                                             const PackedEnvironment::Center& seen,
                                                             const Packing<Real>& packing);

template <class Real>
PackedSeA<Real> prepare(const SeA& from, const PackedEnvironment& environment, const Packing<Real>& packing);

template <class Real>
PackedSeAMoment<Real> prepare_compressed(const SeA& from, const MomentForm& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing);

}  // namespace dpmd::cpu
