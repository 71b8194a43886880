#pragma once
// A descriptor in moment form (docs/compression.md): what compression attaches to it and a backend prepares from,
// beside the networks as trained.
//
// G_t of a neighbour is close to B_t V^T with K < M functions, one V per centre type. The moments that a descriptor
// forms of G have K columns in place of M then, as m = (1/N) sum_j R_j (x) B_t(j). The first fitting layer is linear in
// the features of an atom, and V is folded into its weights.
#include <optional>
#include <vector>

#include "math/moment_table.hpp"
#include "models/nets/network.hpp"

namespace dpmd {

/// K functions of a neighbour as piecewise quintic polynomials, on equal intervals of u = x/(x + softening). x is
/// s = w(r)/(r + p), or the distance.
struct RadialTable {
    double nearest = 0;        ///< Å: holds from here to the cutoff; for nearer atoms the networks as trained are used
    bool of_distance = false;  ///< x is the distance, Å; else s, 1/Å
    double softening = 0;      ///< of x
    double begin = 0, end = 0;  ///< u at the cutoff, where the first interval begins, and at `nearest`
    int n_intervals = 0, n_functions = 0;
    std::vector<double> coefficients;  ///< [n_intervals][n_functions][6] of the place in the interval, 0 to 1

    MomentGrid grid() const { return {softening, n_intervals / (end - begin), n_intervals, begin, of_distance}; }
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
