#pragma once
// se_e3 as its tiles take it: as trained, and in tables.
#include <vector>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packing.hpp"
#include "math/hd.hpp"
#include "models/local/se_t.hpp"

namespace dpmd::cpu {

template <class Real>
struct PackedSeT {
    /// A pair of neighbour types a <= b that has a network.
    struct Pair {
        int a, b;
        Real factor;  ///< 1/(n_a n_b)
        PackedNetwork<Real> network;
    };

    int n_channels = 0, stride = 0;  ///< outputs of every net; padded to whole vectors
    std::vector<Pair> pairs;

    DPMD_HD int n_features(int) const { return n_channels; }
    std::size_t bytes() const;
};

/// The coefficients of a table as matrices: a sum over pairs of neighbours of the powers of their places, by interval,
/// times `values` is their share of the features. The gradient of the features times `slopes` gives the derivative of
/// the energy as a polynomial in every interval.
template <class Real>
struct PackedSeTTables {
    struct Pair {
        int a, b;
        AngleGrid<Real> grid;
        PackedMatrix<Real> values;  ///< [n_intervals angle_powers] to n_channels, times 1/(n_a n_b)
        PackedMatrix<Real> slopes;  ///< n_channels to [n_intervals angle_powers], the last power 0

        int n_sums() const { return grid.n_intervals * angle_powers; }
    };

    int n_channels = 0, stride = 0;
    std::vector<Pair> pairs;

    DPMD_HD int n_features(int) const { return n_channels; }
    std::size_t bytes() const;
};

template <class Real>
PackedSeT<Real> prepare(const SeT& from, const PackedEnvironment& environment, const Packing<Real>& packing);

template <class Real>
PackedSeTTables<Real> prepare_compressed(const SeT& from, const AngleTables& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing);

}  // namespace dpmd::cpu
