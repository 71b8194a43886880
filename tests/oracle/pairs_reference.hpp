#pragma once
// Finds all neighbours of an atom by trying every atom and every lattice shift: O(N^2 images), no cells, no wrapping,
// no ghosts. Distances are in long double, from the positions as given.
#include <cmath>
#include <cstdint>
#include <vector>

#include "dpmd/box.hpp"

namespace dpmd::reference {

using real = long double;

/// The atoms of a test.
struct System {
    std::vector<double> positions;    ///< [n][3] Å
    std::vector<std::int32_t> types;  ///< [n], -1: virtual
    Box box;

    int n() const { return static_cast<int>(types.size()); }
};

/// Neighbour `atom` of a centre: d = x_atom + shift * cell - x_center.
struct Bond {
    int atom;
    int shift[3];
    real d[3], r;
};

/// Dual vectors of the periodic lattice vectors: shift k of a point x is x . dual[k], and |x| < r means
/// |x . dual[k]| < r |dual[k]|. Solved from the Gram matrix, so that two, one or no periodic direction need no
/// completion of the cell.
struct DualLattice {
    int n_periodic = 0;
    int direction[3] = {};  ///< lattice vector of each periodic direction
    real dual[3][3] = {};

    explicit DualLattice(const Box& box) {
        real vectors[3][3];
        for (int k = 0; k < 3; ++k)
            if (box.periodic[std::size_t(k)]) {
                for (int c = 0; c < 3; ++c) vectors[n_periodic][c] = box.cell[std::size_t(3 * k + c)];
                direction[n_periodic++] = k;
            }
        // Gauss-Jordan on [Gram | vectors]: leaves Gram^-1 vectors, the duals
        real rows[3][6] = {};
        for (int i = 0; i < n_periodic; ++i) {
            for (int j = 0; j < n_periodic; ++j) {
                rows[i][j] = 0;
                for (int c = 0; c < 3; ++c) rows[i][j] += vectors[i][c] * vectors[j][c];
            }
            for (int c = 0; c < 3; ++c) rows[i][3 + c] = vectors[i][c];
        }
        for (int p = 0; p < n_periodic; ++p) {
            const real pivot = rows[p][p];
            for (real& x : rows[p]) x /= pivot;
            for (int i = 0; i < n_periodic; ++i) {
                if (i == p) continue;
                const real factor = rows[i][p];
                for (int k = 0; k < 6; ++k) rows[i][k] -= factor * rows[p][k];
            }
        }
        for (int i = 0; i < n_periodic; ++i)
            for (int c = 0; c < 3; ++c) dual[i][c] = rows[i][3 + c];
    }
};

/// Neighbours of atom `center` nearer than `cutoff`: all atoms that are not virtual, all images, itself only as an
/// image.
inline std::vector<Bond> bonds_of(const System& system, int center, real cutoff) {
    const DualLattice lattice(system.box);
    std::vector<Bond> out;
    if (system.types[std::size_t(center)] < 0) return out;
    for (int j = 0; j < system.n(); ++j) {
        if (system.types[std::size_t(j)] < 0) continue;
        real plain[3];
        for (int c = 0; c < 3; ++c)
            plain[c] =
                real(system.positions[std::size_t(3 * j + c)]) - real(system.positions[std::size_t(3 * center + c)]);
        int low[3] = {0, 0, 0}, high[3] = {0, 0, 0};
        for (int p = 0; p < lattice.n_periodic; ++p) {
            const real* dual = lattice.dual[p];
            const real at = plain[0] * dual[0] + plain[1] * dual[1] + plain[2] * dual[2];
            const real reach = cutoff * std::sqrt(dual[0] * dual[0] + dual[1] * dual[1] + dual[2] * dual[2]);
            low[lattice.direction[p]] = static_cast<int>(std::floor(-at - reach));
            high[lattice.direction[p]] = static_cast<int>(std::ceil(-at + reach));
        }
        for (int a = low[0]; a <= high[0]; ++a)
            for (int b = low[1]; b <= high[1]; ++b)
                for (int c = low[2]; c <= high[2]; ++c) {
                    if (j == center && a == 0 && b == 0 && c == 0) continue;
                    Bond bond{j, {a, b, c}, {}, 0};
                    for (int k = 0; k < 3; ++k) {
                        bond.d[k] = plain[k];
                        for (int v = 0; v < 3; ++v)
                            bond.d[k] += real(bond.shift[v]) * real(system.box.cell[std::size_t(3 * v + k)]);
                        bond.r += bond.d[k] * bond.d[k];
                    }
                    bond.r = std::sqrt(bond.r);
                    if (bond.r < cutoff) out.push_back(bond);
                }
    }
    return out;
}

}  // namespace dpmd::reference
