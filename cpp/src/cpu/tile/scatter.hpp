#pragma once
// The last stage of a tile: gradients of the environment rows become forces and virials, in fixed point.
#include <cstdint>

#include "cpu/local/packed_environment.hpp"
#include "cpu/local/tile_args.hpp"
#include "cpu/tile/large_forces.hpp"
#include "cpu/tile/rows.hpp"
#include "math/environment.hpp"
#include "math/fixed_point.hpp"

namespace dpmd::cpu::DPMD_ISA {

DPMD_HD void add_shared(std::int64_t* to, std::int64_t term, bool shared_memory) {
    if (shared_memory) __atomic_fetch_add(to, term, __ATOMIC_RELAXED);
    else *to += term;
}

/// g = dE_i/d(r_j - r_i) of every row, eV/Å.
struct PairGradients {
    double* g[3];
};

template <class Real>
PairGradients pair_gradients(const PackedEnvironment::Center& center, const TileRows<Real>& rows,
                             const RowGradient<Real>& gradient, Workspace& workspace) {
    using V = Vector<double>;
    const auto n = std::size_t(rows.n_rows);
    double* plain[4];
    for (int k = 0; k < rows.n_components; ++k) {
        plain[k] = workspace.take<double>(n);
        for (int r = 0; r < rows.n_rows; ++r) plain[k][r] = double(gradient.component[k][r]) * center.inverse_scale[k];
    }
    PairGradients out;
    for (double*& component : out.g) component = workspace.take<double>(n);
    const auto for_rows = [&](auto&& chain_rule) {
        for (int r = 0; r < rows.n_rows; r += lanes<double>) {
            const V d[3] = {load(rows.difference[0] + r), load(rows.difference[1] + r), load(rows.difference[2] + r)};
            V g[3];
            chain_rule(r, d, load(rows.distance + r), g);
            for (int b = 0; b < 3; ++b) store(out.g[b] + r, g[b]);
        }
    };
    if (rows.n_components == 1)
        for_rows([&](int r, const V d[3], V distance, V g[3]) {
            radial_gradient<V>(d, distance, load(rows.s_slope + r), load(plain[0] + r), g);
        });
    else
        for_rows([&](int r, const V d[3], V distance, V g[3]) {
            const V of_row[4] = {load(plain[0] + r), load(plain[1] + r), load(plain[2] + r), load(plain[3] + r)};
            const EnvironmentRadial<V> f{load(rows.s + r), load(rows.s_slope + r), load(rows.t + r),
                                         load(rows.t_slope + r)};
            environment_gradient<V>(d, distance, f, of_row, g);
        });
    for (int b = 0; b < 3 && gradient.difference[b] != nullptr; ++b)
        for (int r = 0; r < rows.n_rows; ++r) out.g[b][r] += gradient.difference[b][r];
    return out;
}

/// F_j -= g, F_i += g, and the virial -g_a d_b goes to the neighbour j.
template <class Real>
void scatter_pairs(const TileArgs<Real>& tile, const TileRows<Real>& rows, const PairGradients& gradients) {
    const TileSystem& system = *tile.system;
    std::int64_t* fixed[3];
    for (std::int64_t*& component : fixed)
        component = tile.workspace->template take<std::int64_t>(std::size_t(rows.n_rows));
    for (int a = 0; a < rows.n_atoms; ++a) {
        const std::int32_t i = tile.atoms[a];
        std::int64_t own[3] = {0, 0, 0};
        double virial[9] = {};
        for (int t = 0; t < rows.n_types; ++t) {
            const int first = rows.begin(t, a), last = rows.end(t, a);
            refuse_large(tile, rows, gradients.g, t, i, first, last);
            for (int k = 0; k < 3; ++k) {
                const double* __restrict g = gradients.g[k];
                std::int64_t* __restrict to = fixed[k];
                for (int r = first; r < last; ++r) {
                    to[r] = to_fixed(g[r]);
                    own[k] += to[r];
                }
            }
            for (int r = first; r < last; ++r) {
                std::int64_t* other = tile.forces + 3 * std::size_t(rows.neighbor[r]);
                for (int k = 0; k < 3; ++k) add_shared(other + k, -fixed[k][r], tile.shared_forces);
            }
            for (int r = first; r < last; ++r)
                for (int k = 0; k < 9; ++k) virial[k] -= gradients.g[k / 3][r] * rows.difference[k % 3][r];
            if (system.atom_virials == nullptr) continue;
            for (int r = first; r < last; ++r)
                for (int k = 0; k < 9; ++k)
                    add_shared(system.atom_virials + 9 * std::size_t(rows.neighbor[r]) + k,
                               to_fixed(-gradients.g[k / 3][r] * rows.difference[k % 3][r]), tile.shared_virials);
        }
        for (int k = 0; k < 3; ++k) tile.own_forces[3 * std::size_t(i) + k] += own[k];
        for (int k = 0; k < 9; ++k) tile.totals->virial[k].add(virial[k]);
    }
}

/// The same from the derivatives with respect to the normalised rows of an environment.
template <class Real>
void scatter_gradients(const TileArgs<Real>& tile, const PackedEnvironment& environment, const TileRows<Real>& rows,
                       const RowGradient<Real>& gradient) {
    const PackedEnvironment::Center& center = environment.centers[std::size_t(tile.center_type)];
    scatter_pairs(tile, rows, pair_gradients(center, rows, gradient, *tile.workspace));
}

}  // namespace dpmd::cpu::DPMD_ISA
