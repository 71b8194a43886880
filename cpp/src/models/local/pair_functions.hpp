#pragma once
// What a three-body descriptor sums over the pairs of neighbours of an atom: functions of theta, the product of the
// directions of two normalised environment rows. Compression and every backend work with these.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

/// The features are D_c = sum over pairs of types of factor sum_{j in a, k in b} theta N_c(theta) (1 + f_c W), where W
/// is w_j w_k if is_smooth and else 1. Where a = b the sum goes over ordered pairs, each neighbour with itself too.
struct PairFunctions {
    struct Pair {
        int a, b;  ///< types, a <= b
        double factor;
        std::size_t function;              ///< N, in `functions`
        std::vector<double> type_factors;  ///< [n_channels] f, empty: zeros
    };

    std::vector<std::vector<Network>> functions;  ///< networks of theta, whose sum is N
    std::vector<Pair> pairs;
    bool is_smooth = false;

    int n_channels() const { return functions.front().front().n_out(); }
    /// Whether neighbours of the pair also count by the products of their switches.
    bool is_weighted(const Pair& pair) const { return is_smooth && !pair.type_factors.empty(); }
    /// How many sums over its pairs there are.
    int n_sums(const Pair& pair) const { return is_weighted(pair) ? 2 : 1; }
    /// The largest |1 + f W| of a function.
    double largest_factor(std::size_t function) const {
        double largest = 0;
        for (const Pair& pair : pairs)
            for (const double f : pair.type_factors)
                if (pair.function == function) largest = std::max(largest, std::fabs(f));
        return 1 + largest;
    }
};

}  // namespace dpmd
