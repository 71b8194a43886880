#pragma once
// DPA-1 as its tiles take it.
#include <vector>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packing.hpp"
#include "cpu/local/se_a_prepared.hpp"
#include "math/hd.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_atten.hpp"

namespace dpmd::cpu {

template <class Real>
struct PackedAttention {
    PackedNetwork<Real> in, out;  ///< one linear layer each; query, key and value begin at multiples of head_stride
    int n_hidden = 0, head_stride = 0;
    Array<Real> norm_scale, norm_shift;  ///< [channel stride]
    Real norm_epsilon = 0, norm_floor = 0, scale = 1;
    bool normalize = true, dot_directions = true, masks_diagonal = false;

    std::size_t bytes() const;
};

template <class Real>
struct PackedSeAtten {
    PackedNetwork<Real> network;
    int n_types = 0, n_channels = 0, stride = 0, n_axis = 0, type_width = 0, n_output_types = 0, lmax = 1;
    bool is_strip = false, is_one_side = false, is_smooth = true, has_cubic_switch = false;
    int n_keys = 0;  ///< slots, the empty ones of which are keys of the smooth attention; 0: there are none
    double cutoff_smooth = 0, protection = 0;  ///< Å
    Array<double> inverse_scale;               ///< [n_types] of the radial component
    double inverse_normalization = 1;
    Array<Real> type_embedding;   ///< [n_types + 1][type_width]
    Array<Real> type_factors;     ///< strip: [1 or n_types][n_types][stride]
    Real gain[4] = {1, 1, 1, 1};  ///< of the products of moments of a degree, by degree - 1
    /// What empty slots and excluded neighbours add to the moments before 1/N: [first types or 1][n_types][stride] of
    /// the radial component by centre, and [n_types][n_types][4][stride] by centre and neighbour. Empty: nothing.
    Array<Real> empty_slot, excluded_row;
    bool depends_on_first_atom = false;  ///< the first index of empty_slot is the type of the first atom
    bool slots_by_type = false;          ///< it is the type of the slot
    std::vector<PackedAttention<Real>> attention;

    DPMD_HD int n_features(int) const { return n_channels * n_axis + n_output_types; }
    DPMD_HD const Real* embedding_of_type(int type) const { return type_embedding.data() + type * type_width; }
    DPMD_HD const Real* factors(int center, int neighbor) const {
        return type_factors.data() + std::size_t((is_one_side ? 0 : center) * n_types + neighbor) * std::size_t(stride);
    }
    std::size_t bytes() const;
};

template <class Real>
PackedSeAtten<Real> prepare(const SeAtten& from, const PackedEnvironment& environment, const Packing<Real>& packing);

/// Without attention it forms the moments of se_e2_a, with a table for each pair of types.
template <class Real>
PackedSeAMoment<Real> prepare_compressed(const SeAtten& from, const MomentForm& form,
                                         const PackedEnvironment& environment, const Packing<Real>& packing);

}  // namespace dpmd::cpu
