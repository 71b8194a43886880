#pragma once
// se_e3 as its tiles take it: as trained, and in tables. Other descriptors of pairs of neighbours are packed in the
// same forms.
#include <cstddef>
#include <vector>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packing.hpp"
#include "math/hd.hpp"
#include "models/local/angle_tables.hpp"
#include "models/local/pair_functions.hpp"
#include "models/local/se_t.hpp"

namespace dpmd::cpu {

/// What both forms have in common.
template <class Real>
struct SeTFrame {
    int n_channels = 0, stride = 0;  ///< of the functions; padded to whole vectors
    bool is_smooth = false;          ///< the types' factors are multiplied by the switches of both neighbours
    double protection = 0;           ///< Å, in the rows
    int n_constants = 0;
    Array<Real> constants;  ///< [n_types][n_constants] features behind the channels, by centre type

    DPMD_HD int n_features(int) const { return n_channels + n_constants; }
    DPMD_HD const Real* constants_of(int center) const { return constants.data() + center * n_constants; }
};

template <class Real>
struct PackedSeT : SeTFrame<Real> {
    /// What one network does for neighbours of the types a <= b.
    struct Pair {
        int a, b;
        Real factor;
        std::size_t network;       ///< in `networks`
        Array<Real> type_factors;  ///< [stride] f of PairFunctions, empty: zeros
    };

    std::vector<PackedNetwork<Real>> networks;
    std::vector<Pair> pairs;

    std::size_t bytes() const;
};

/// The coefficients of a table as matrices: a sum over pairs of neighbours of the powers of their places, by interval,
/// times `values` is their share of the features. The gradient of the features times `slopes` gives the derivative of
/// the energy as a polynomial in every interval.
template <class Real>
struct PackedSeTTables : SeTFrame<Real> {
    struct Pair {
        int a, b;
        AngleGrid<Real> grid;
        PackedMatrix<Real> values;  ///< [n_intervals angle_powers] to n_channels, times the factor
        PackedMatrix<Real> slopes;  ///< n_channels to [n_intervals angle_powers], the last power 0
        /// What is multiplied by the switches of both neighbours, and for the way back its polynomials themselves.
        bool is_weighted = false;
        PackedMatrix<Real> weighted_values, weighted_polynomials;

        int n_sums() const { return grid.n_intervals * angle_powers; }
    };

    std::vector<Pair> pairs;

    std::size_t bytes() const;
};

/// A descriptor of pairs of neighbours, with `constants` [n_types][n_constants] behind its channels.
template <class Real>
PackedSeT<Real> pack_pair_functions(const PairFunctions& from, const std::vector<double>& constants, int n_constants,
                                    const PackedEnvironment& environment, const Packing<Real>& packing);

template <class Real>
PackedSeTTables<Real> pack_angle_tables(const PairFunctions& from, const AngleTables& form,
                                        const std::vector<double>& constants, int n_constants,
                                        const PackedEnvironment& environment, const Packing<Real>& packing);

template <class Real>
PackedSeT<Real> prepare(const SeT& from, const PackedEnvironment& environment, const Packing<Real>& packing) {
    return pack_pair_functions(pair_functions(from), {}, 0, environment, packing);
}

template <class Real>
PackedSeTTables<Real> prepare_compressed(const SeT& from, const AngleTables& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing) {
    return pack_angle_tables(pair_functions(from), form, {}, 0, environment, packing);
}

}  // namespace dpmd::cpu
