#pragma once
// A model in moment form (docs/compression.md): what compression makes of a ModelSpec at load and a backend prepares
// from, next to the exact model.
//
// G_t(s) is close to B_t(s) V^T with K < M functions, one V per centre type whose rows of the axis channels end after a
// columns. Moments m = (1/N) sum_j R_j (x) B_t(s_j) are [4][K] then, and the first fitting layer is linear in
// S_lk = sum_c m_cl m_ck, l < a, l <= k < K: V is folded into its weights.
#include <optional>
#include <string>
#include <vector>

#include "models/model_spec.hpp"

namespace dpmd {

/// K functions of s = w(r)/(r + p) as piecewise quintic polynomials, on equal intervals of u = s/(s + softening).
struct RadialTable {
    double nearest = 0;    ///< Å: holds from here to the cutoff; nearer, the exact net must be used
    double softening = 0;  ///< 1/Å
    double end = 0;        ///< u at `nearest`; the grid is [0, end]
    int n_intervals = 0, n_functions = 0;
    std::vector<double> coefficients;  ///< [n_intervals][n_functions][6] of the place in the interval, 0 to 1
};

struct CompressedCenter {
    int n_basis = 0;                                 ///< K
    int n_axis = 0;                                  ///< a
    std::vector<std::optional<RadialTable>> tables;  ///< [n_types], none where neighbours have no rows
    std::vector<std::vector<double>> padding;        ///< [n_types][K] B of an empty slot
    Network fitting;  ///< takes S_lk by l, then k, and then the parameters that follow the descriptor

    int n_features() const { return moment_features(n_basis, n_axis); }
    static constexpr int moment_features(int n_basis, int n_axis) {
        return n_axis * n_basis - n_axis * (n_axis - 1) / 2;
    }
};

/// What compression did to a model, for people to read.
struct CompressionReport {
    double tolerance = 0;    ///< largest force error asked for, eV/Å
    double value_error = 0;  ///< largest deviation of a channel of any net, from where its table begins to the cutoff
    double slope_error = 0;  ///< the same of its derivative with respect to the distance, 1/Å
    double force_error = 0;  ///< largest deviation of a force on the probe structures, eV/Å
    double force_rms = 0;    ///< root mean square force there, eV/Å
    int n_probe_atoms = 0;
    std::string refusal;  ///< why the exact nets stay; empty: compressed
};

struct CompressedModel {
    std::vector<CompressedCenter> centers;  ///< [n_types]
    CompressionReport report;
};

}  // namespace dpmd
