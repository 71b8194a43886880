#pragma once
// A descriptor in moment form (docs/compression.md): what compression attaches to it and a backend prepares from,
// beside the networks as trained.
//
// G_t(s) is close to B_t(s) V^T with K < M functions, one V per centre type. The moments that a descriptor forms of G
// have K columns in place of M then, as m = (1/N) sum_j R_j (x) B_t(s_j). The first fitting layer is linear in the
// features of an atom, and V is folded into its weights.
#include <optional>
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

/// K functions of s = w(r)/(r + p) as piecewise quintic polynomials, on equal intervals of u = s/(s + softening).
struct RadialTable {
    double nearest = 0;    ///< Å: holds from here to the cutoff; for nearer atoms the networks as trained are used
    double softening = 0;  ///< 1/Å
    double end = 0;        ///< u at `nearest`; the grid is [0, end]
    int n_intervals = 0, n_functions = 0;
    std::vector<double> coefficients;  ///< [n_intervals][n_functions][6] of the place in the interval, 0 to 1
};

/// What one centre type has in place of embedding nets.
struct MomentCenter {
    int n_basis = 0;     ///< K
    int n_axis = 0;      ///< the rows of V of the axis channels end after so many columns; 0: there is no axis
    int n_features = 0;  ///< what the fitting net takes in place of the descriptor
    std::vector<std::optional<RadialTable>> tables;  ///< [n_types], none where neighbours have no rows
    std::vector<std::vector<double>> padding;  ///< [n_types][K] B of an empty slot; where types share slots, at type 0
    std::vector<std::vector<double>>
        zero_row;  ///< [n_types] of [K] B of a row of zeros, empty where neighbours are none
};

/// The moment form of one descriptor.
struct MomentForm {
    std::vector<MomentCenter> centers;  ///< [n_types]
};

}  // namespace dpmd
