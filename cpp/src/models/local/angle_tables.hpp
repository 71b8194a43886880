#pragma once
// A three-body descriptor in tables (docs/compression.md): what compression attaches to it and a backend prepares from,
// beside the networks as trained.
#include <vector>

#include "math/angle_table.hpp"

namespace dpmd {

/// The functions F_c(theta) = theta N_c(theta) as piecewise polynomials, on equal intervals of
/// u = theta/(|theta| + softening).
struct AngleTable {
    double softening = 1;
    double largest = 0;   ///< the grid reaches from theta = -largest to largest
    int n_intervals = 0;  ///< even: there is a knot at 0, where u has a kink
    int n_channels = 0;
    std::vector<double> coefficients;  ///< [n_intervals][angle_powers][n_channels] of the place in the interval

    /// The same for kernels in the arithmetic Real.
    template <class Real>
    AngleGrid<Real> grid() const {
        const int half = n_intervals / 2;
        return {static_cast<Real>(softening), static_cast<Real>(half * (largest + softening) / largest), n_intervals};
    }
};

struct AngleTables {
    double nearest = 0;              ///< Å: atoms with nearer neighbours take the networks as trained
    std::vector<AngleTable> tables;  ///< of the functions of PairFunctions
};

}  // namespace dpmd
