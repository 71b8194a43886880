#pragma once
// Random atoms in boxes of every kind.
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "oracle/pairs_reference.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::testing {

using reference::System;

/// A box, and the region in which atoms are placed: the periodic vectors of the box, and a free choice elsewhere.
struct BoxKind {
    std::string name;
    std::array<double, 9> region;
    std::array<bool, 3> periodic;
};

inline const std::vector<BoxKind>& box_kinds() {
    static const std::vector<BoxKind> kinds = {
        {"orthogonal", {7, 0, 0, 0, 8, 0, 0, 0, 9}, {true, true, true}},
        {"triclinic", {8, 0, 0, 2, 7, 0, -1, 3, 9}, {true, true, true}},
        {"full_matrix", {7, 1, -2, 2, 8, 1, -1, 3, 7}, {true, true, true}},
        {"left_handed", {0, 8, 1, 7, 0, 2, 1, -1, 9}, {true, true, true}},
        {"strongly_skewed", {6, 0, 0, 14, 6, 0, -9, 17, 7}, {true, true, true}},
        {"slab", {8, 1, 0, 2, 7, 0, 1, 1, 9}, {true, true, false}},
        {"slab_across_b", {8, 1, 2, 0, 12, 0, -2, 1, 6}, {true, false, true}},
        {"wire", {6, 0, 0, 0, 9, 0, 2, -3, 5}, {false, false, true}},
        {"open", {8, 0, 0, 0, 8, 0, 0, 0, 8}, {false, false, false}},
        {"flat", {12, 0, 0, 0, 12, 0, 0, 0, 2.5}, {true, true, true}},
        {"tiny", {2.2, 0, 0, 0, 2.3, 0, 0, 0, 2.1}, {true, true, true}},
        {"tiny_skewed", {2.2, 0, 0, 2.9, 2.4, 0, -1.7, 3.1, 2.3}, {true, true, true}},
    };
    return kinds;
}

inline const BoxKind& box_kind(const std::string& name) {
    for (const BoxKind& kind : box_kinds())
        if (kind.name == name) return kind;
    throw std::invalid_argument("no box kind " + name);
}

inline Box box_of(const BoxKind& kind) {
    Box box{kind.region, kind.periodic};
    for (std::size_t k = 0; k < 9; ++k)
        if (!kind.periodic[k / 3]) box.cell[k] = 0;  // must not be read
    return box;
}

/// Up to n atoms (fewer when they do not fit) of n_types types, no closer than `apart`. `unwrapped`: moved by random
/// lattice vectors.
inline System random_system(const BoxKind& kind, int n, int n_types, double apart, std::uint64_t seed,
                            bool unwrapped = false) {
    Random random(seed);
    System system;
    system.box = box_of(kind);
    for (int attempt = 0; attempt < 50 * n && system.n() < n; ++attempt) {
        double fractional[3];
        for (double& f : fractional) f = random.uniform(0, 1);
        for (std::size_t c = 0; c < 3; ++c)
            system.positions.push_back(fractional[0] * kind.region[c] + fractional[1] * kind.region[3 + c] +
                                       fractional[2] * kind.region[6 + c]);
        system.types.push_back(random.below(n_types));
        bool too_near = false;
        for (const auto& bond : reference::bonds_of(system, system.n() - 1, apart))
            too_near |= bond.atom != system.n() - 1;
        if (!too_near) continue;
        system.types.pop_back();
        system.positions.resize(system.positions.size() - 3);
    }
    for (int i = 0; i < system.n() && unwrapped; ++i)
        for (std::size_t v = 0; v < 3; ++v) {
            const int shift = system.box.periodic[v] ? random.below(9) - 4 : 0;
            for (std::size_t c = 0; c < 3; ++c)
                system.positions[std::size_t(3 * i) + c] += shift * system.box.cell[3 * v + c];
        }
    return system;
}

inline constexpr double spread_apart = 1.2;  ///< Å between atoms that the tables of random models reach

/// Atoms of two types for models with tables.
inline System random_spread_system(const char* box, int n, std::uint64_t seed) {
    return random_system(box_kind(box), n, 2, spread_apart, seed);
}

/// The same system with atom k in the place of atom order[k].
inline System permuted(const System& system, const std::vector<int>& order) {
    System out;
    out.box = system.box;
    for (const int i : order) {
        out.types.push_back(system.types[std::size_t(i)]);
        for (std::size_t c = 0; c < 3; ++c) out.positions.push_back(system.positions[std::size_t(3 * i) + c]);
    }
    return out;
}

/// A perfect face-centred cubic crystal, n^3 cubes: twelve neighbours at equal distances, six at the next, …
inline System fcc_crystal(int n, double lattice_constant, int n_types) {
    System system;
    const double a = lattice_constant;
    system.box = Box::fully_periodic({n * a, 0, 0, 0, n * a, 0, 0, 0, n * a});
    const double corner[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            for (int k = 0; k < n; ++k)
                for (int c = 0; c < 4; ++c) {
                    const double cube[3] = {double(i), double(j), double(k)};
                    for (int d = 0; d < 3; ++d) system.positions.push_back((cube[d] + corner[c][d]) * a);
                    system.types.push_back((i + c) % n_types);
                }
    return system;
}

}  // namespace dpmd::testing
