#pragma once
// Stage 7 of a tile: gradients of the environment rows become forces and virials, in fixed point.
#include <cstdint>

#include "cpu/se_a_model.hpp"
#include "cpu/tile/pack.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::cpu::DPMD_ISA {

DPMD_HD void add_shared(std::int64_t* to, std::int64_t term, bool shared_memory) {
    if (shared_memory) __atomic_fetch_add(to, term, __ATOMIC_RELAXED);
    else *to += term;
}

/// For g = dE_i/d(r_j - r_i): F_j -= g, F_i += g, and the virial -g_a d_b goes to the neighbour j.
template <class Real>
void scatter_gradients(const TileArgs<Real>& tile, const TileRows<Real>& rows, const Real* row_gradient) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    const EvaluateArgs& system = *tile.system;
    for (int a = 0; a < tile.n_atoms; ++a) {
        const std::int32_t i = tile.atoms[a];
        std::int64_t own[3] = {0, 0, 0};
        double virial[9] = {};
        for (int t = 0; t < model.n_types; ++t) {
            const int* first = rows.first + t * (tile.n_atoms + 1) + a;
            for (int r = first[0]; r < first[1]; ++r) {
                const std::int32_t j = rows.neighbor[r];
                const double* d = rows.difference + 3 * r;
                double plain[4], g[3];
                for (int k = 0; k < 4; ++k) plain[k] = double(row_gradient[4 * r + k]) * center.inverse_scale[k];
                environment_gradient(d, rows.distance[r], rows.radial[r], plain, g);
                // the virial g_a d_b is a fixed-point term too
                const double limit = rows.distance[r] > 1 ? fixed_pair_limit / rows.distance[r] : fixed_pair_limit;
                std::int64_t* other = system.forces + 3 * std::size_t(j);
                for (int k = 0; k < 3; ++k) {
                    if (!fixed_in_range(g[k], limit)) {
                        report(tile.totals->status, {EvaluateFault::force_too_large, i, j, t, 0, rows.distance[r]});
                        g[k] = 0;
                    }
                    const std::int64_t term = to_fixed(g[k]);
                    own[k] += term;
                    add_shared(other + k, -term, tile.shared_memory);
                }
                for (int k = 0; k < 9; ++k) virial[k] -= g[k / 3] * d[k % 3];
                if (system.atom_virials != nullptr)
                    for (int k = 0; k < 9; ++k)
                        add_shared(system.atom_virials + 9 * std::size_t(j) + k, to_fixed(-g[k / 3] * d[k % 3]),
                                   tile.shared_memory);
            }
        }
        for (int k = 0; k < 3; ++k) tile.own_forces[3 * std::size_t(i) + k] = own[k];
        for (int k = 0; k < 9; ++k) tile.totals->virial[k].add(to_fixed(virial[k]));
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
