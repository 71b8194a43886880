#pragma once
// The pair tables of a tile: energies of its atoms, and the derivatives of these along the distances.
#include "cpu/local/packed_pair_table.hpp"
#include "cpu/tile/fitting.hpp"
#include "cpu/tile/scatter.hpp"
#include "math/pair_table.hpp"

namespace dpmd::cpu::DPMD_ISA {

struct PairEnergies {
    double* energies;  ///< [n_atoms] eV
    double* slopes;    ///< [n_rows] dE_i/dr of a neighbour, eV/Å
};

/// A pair that is nearer than the table reaches is a fault, as in DeePMD-kit's TensorFlow.
template <class Real>
PairEnergies pair_energies(const TileArgs<Real>& tile, const PackedPairTable& table, const TileRows<Real>& rows) {
    const auto center = std::size_t(tile.center_type);
    const PairEnergies out{tile.workspace->template take<double>(std::size_t(rows.n_atoms)),
                           tile.workspace->template take<double>(std::size_t(rows.n_rows))};
    for (int a = 0; a < rows.n_atoms; ++a) out.energies[a] = table.energy_shift[center];
    for (int t = 0; t < rows.n_types; ++t) {
        const double* coefficients = table.of_pair(tile.center_type, t);
        for (int a = 0; a < rows.n_atoms; ++a)
            for (int r = rows.begin(t, a); r < rows.end(t, a); ++r) {
                const double distance = rows.distance[r];
                ValueSlope<double> u{0, 0};
                if (distance >= table.first)
                    u = pair_table_at(distance, table.first, table.spacing, table.n_intervals, coefficients);
                else
                    report(tile.totals->status,
                           {EvaluateFault::nearer_than_table, tile.atoms[a], rows.neighbor[r], t, 0, distance});
                out.energies[a] += 0.5 * u.value;
                out.slopes[r] = 0.5 * u.slope;
            }
    }
    return out;
}

/// From the derivatives along the distances to forces and virials.
template <class Real>
void scatter_slopes(const TileArgs<Real>& tile, const TileRows<Real>& rows, const double* slopes) {
    PairGradients out;
    for (int b = 0; b < 3; ++b) {
        out.g[b] = tile.workspace->template take<double>(std::size_t(rows.n_rows));
        for (int t = 0; t < rows.n_types; ++t)
            for (int r = rows.section[t]; r < rows.section[t] + rows.section_size[t]; ++r)
                out.g[b][r] = slopes[r] / rows.distance[r] * rows.difference[b][r];
    }
    scatter_pairs(tile, rows, out);
}

/// Adds the energies of a table, with their forces and virials.
template <class Real>
void add_pair_table(const TileArgs<Real>& tile, const PackedPairTable& table, const TileRows<Real>& rows) {
    if (table.is_silent[std::size_t(tile.center_type)]) return;
    const PairEnergies pairs = pair_energies(tile, table, rows);
    for (int a = 0; a < tile.n_atoms; ++a) add_energy(tile, a, pairs.energies[a]);
    scatter_slopes(tile, rows, pairs.slopes);
}

}  // namespace dpmd::cpu::DPMD_ISA
