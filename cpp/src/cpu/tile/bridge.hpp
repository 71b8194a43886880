#pragma once
// The bridge between the nets and the pair table of a tile: E_i = w_i u_i + (1 - w_i) E_i of the nets. The weights do
// not depend on the nets, so the table comes before them, and the derivatives of the weights behind them.
#include "cpu/tile/pair_table.hpp"
#include "math/bridge.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// Of the atoms of a tile, [n_atoms].
struct BridgedTable {
    PairEnergies pairs;
    SoftMinimum* minimum;        ///< of the distances
    ValueSlope<double>* weight;  ///< of the table, and its derivative by the soft minimum, 1/Å
    double* net_share;           ///< 1 - w
    double* net_energies;        ///< eV
};

/// f(row) for all neighbours of an atom that the table sees.
template <class Real, class F>
DPMD_HD void for_neighbors(const TileRows<Real>& rows, int atom, const F& f) {
    for (int t = 0; t < rows.n_types; ++t)
        for (int r = rows.begin(t, atom); r < rows.end(t, atom); ++r) f(r);
}

/// Soft minimum and weight of one atom; without neighbours the weight is 0.
template <class Real>
void find_weight(const Bridge& bridge, const TileRows<Real>& rows, int atom, const BridgedTable& to) {
    double least = 1e300, sum = 0, weighted = 0;
    for_neighbors(rows, atom, [&](int r) { least = rows.distance[r] < least ? rows.distance[r] : least; });
    for_neighbors(rows, atom, [&](int r) {
        const double term = soft_minimum_term(rows.distance[r], least, bridge.softness);
        sum += term;
        weighted += term * rows.distance[r];
    });
    to.minimum[atom] = soft_minimum(least, sum, weighted, bridge.softness, bridge.least_sum);
    to.weight[atom] = {0, 0};
    if (to.minimum[atom].sigma > 0)
        to.weight[atom] = bridge_weight(to.minimum[atom].sigma, bridge.inner, bridge.outer, bridge.width);
    to.net_share[atom] = 1 - to.weight[atom].value;
    to.net_energies[atom] = 0;
}

/// Energies of the table, weights, and the table's part of the energies of the atoms.
template <class Real>
BridgedTable begin_bridge(const TileArgs<Real>& tile, const TileRows<Real>& rows) {
    const PackedPairTable& table = tile.form->pair_tables.front();
    const auto n_atoms = std::size_t(tile.n_atoms);
    Workspace& workspace = *tile.workspace;
    const BridgedTable out{pair_energies(tile, table, rows), workspace.take<SoftMinimum>(n_atoms),
                           workspace.take<ValueSlope<double>>(n_atoms), workspace.take<double>(n_atoms),
                           workspace.take<double>(n_atoms)};
    for (int a = 0; a < tile.n_atoms; ++a) {
        find_weight(tile.form->bridge, rows, a, out);
        if (table.is_silent[std::size_t(tile.center_type)]) out.pairs.energies[a] = 0;
        add_energy(tile, a, out.weight[a].value * out.pairs.energies[a]);
    }
    return out;
}

/// Forces and virials of the table and of the weights, when the energies of the nets are known.
template <class Real>
void finish_bridge(const TileArgs<Real>& tile, const TileRows<Real>& rows, const BridgedTable& bridged) {
    const PackedPairTable& table = tile.form->pair_tables.front();
    const bool is_silent = table.is_silent[std::size_t(tile.center_type)] != 0;
    const double softness = tile.form->bridge.softness;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const double rise = bridged.weight[a].slope * (bridged.pairs.energies[a] - bridged.net_energies[a]);
        for_neighbors(rows, a, [&](int r) {
            double slope = is_silent ? 0 : bridged.weight[a].value * bridged.pairs.slopes[r];
            if (rise != 0) slope += rise * soft_minimum_slope(rows.distance[r], bridged.minimum[a], softness);
            bridged.pairs.slopes[r] = slope;
        });
    }
    scatter_slopes(tile, rows, bridged.pairs.slopes);
}

}  // namespace dpmd::cpu::DPMD_ISA
