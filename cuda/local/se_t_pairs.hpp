#pragma once
// The pairs of neighbours of an atom, which se_e3 sums over: theta_jk = R_j . R_k, where R is the direction part of a
// normalised row. Pairs are numbered, each unordered one once. The twin of cpp/src/cpu/tile/se_t_pairs.hpp.
#include "local/atom_rows.hpp"

namespace dpmd::gpu {

/// Neighbour types a <= b and a network of theirs, or their table.
struct TypePair {
    int a = 0, b = 0;
    double factor = 1;

    GPU_DEVICE bool has(int type) const { return a == type || b == type; }
    GPU_DEVICE int other(int type) const { return a == type ? b : a; }
};

/// The pairs of types of a descriptor, in device memory.
struct TypePairsView {
    const TypePair* all = nullptr;  ///< [count], ordered by a, then by b
    int count = 0;
};

/// What both forms of a descriptor of pairs have in common.
template <class Real>
struct SeTFrame {
    int n_channels = 0, stride = 0;      ///< of the functions; padded
    const Real* type_factors = nullptr;  ///< [pairs of types][stride] f of PairFunctions; null: zeros
    bool is_smooth = false;              ///< these are multiplied by the switches of both neighbours
    int n_constants = 0;
    const Real* constants = nullptr;  ///< [n_types][n_constants] features behind the channels, by centre type

    GPU_DEVICE Real type_factor(int which, int channel) const { return type_factors[which * stride + channel]; }
};

/// Pairs of neighbours that an atom has of two types.
GPU_DEVICE int count_pairs(bool one_type, int n_a, int n_b) { return one_type ? n_a * (n_a + 1) / 2 : n_a * n_b; }

struct PairPlace {
    int j, k;  ///< rows among those of their types
};

/// Pair number p. Those of one type are at the distances 0, 1, ... n/2 around a circle of n rows.
GPU_DEVICE PairPlace pair_at(bool one_type, int p, int n_a, int n_b) {
    if (!one_type) return {p / n_b, p % n_b};
    const int j = p % n_a, k = j + p / n_a;
    return {j, k < n_a ? k : k - n_a};
}

/// The number of a pair, in either order where there is one type.
GPU_DEVICE int number_of_pair(bool one_type, int j, int k, int n_a, int n_b) {
    if (!one_type) return j * n_b + k;
    const int distance = k >= j ? k - j : k - j + n_a;
    const bool forwards = 2 * distance < n_a || (2 * distance == n_a && 2 * j < n_a);
    return forwards ? distance * n_a + j : (n_a - distance) * n_a + k;
}

/// How often a pair counts: those of one type stand for both orders, but for a row with itself.
template <class Real>
GPU_DEVICE Real weight_of_pair(bool one_type, int p, int n_a) {
    return one_type && p >= n_a ? Real(2) : Real(1);
}

template <class Real>
GPU_DEVICE Real theta_of(const Rows<Real>& rows, std::int64_t j, std::int64_t k) {
    Real theta(0);
    GPU_UNROLL for (int c = 1; c < 4; ++c) theta +=
        rows.components[c * rows.most + j] * rows.components[c * rows.most + k];
    return theta;
}

/// The type of the neighbour that a row belongs to.
template <class Real>
GPU_DEVICE int type_of_row(const RowTile<Real>& tile, std::int64_t row) {
    int type = 0;
    while (row >= tile.rows.ranges[2 * type + 1]) ++type;
    return type;
}

}  // namespace dpmd::gpu
