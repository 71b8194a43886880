#pragma once
// From the gradient of environment rows to the gradients of pairs, and from these to forces and virials.
#include "atomic_sums.hpp"
#include "local/neighborhood.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {

/// False, and zero, when fixed point cannot hold the force or the force times the distance.
GPU_DEVICE bool keep_in_range(const Neighbor& neighbor, double g[3]) {
    const double limit = neighbor.r > 1 ? fixed_pair_limit / neighbor.r : fixed_pair_limit;
    bool fits = true;
    for (int k = 0; k < 3; ++k) fits = fits && fixed_in_range(g[k], limit);
    for (int k = 0; k < 3 && !fits; ++k) g[k] = 0;
    return fits;
}

/// g = dE_i/d(r_j - r_i) from dE/dR of the row and what comes `beside`; false as in keep_in_range.
template <int n_components, class Real>
GPU_DEVICE bool pair_gradient(const EnvironmentView& environment, const Neighbor& neighbor,
                              const EnvironmentRadial<double>& f, const Real row_gradient[n_components],
                              const double beside[3], double g[3]) {
    double plain[4] = {};
    GPU_UNROLL for (int k = 0; k < n_components; ++k) plain[k] =
        static_cast<double>(row_gradient[k]) * environment.inverse_scale[k];
    environment_gradient<double>(neighbor.d, neighbor.r, f, plain, g);
    for (int k = 0; k < 3; ++k) g[k] += beside[k];
    return keep_in_range(neighbor, g);
}

/// The virial of a block's atoms, in shared memory until the block ends. All threads make it and finish it together.
class BlockVirial {
public:
    GPU_DEVICE explicit BlockVirial(SharedMemory& shared) : sums_(shared.take<FixedSum>(9)) {
        if (thread_index() < 9) sums_[thread_index()] = {};
        sync_block();
    }
    GPU_DEVICE void add(int k, double term) { add_term(&sums_[k], term); }
    GPU_DEVICE void finish(DeviceTotals* totals) {
        sync_block();
        if (thread_index() < 9) add_sum(&totals->virial[thread_index()], sums_[thread_index()]);
    }

private:
    FixedSum* sums_;
};

/// What the lanes of a tile have gathered of an atom's own force and virial goes to the sums.
GPU_DEVICE void add_own(const SystemView& system, std::int32_t atom, const std::int64_t own[3], const double virial[9],
                        BlockVirial& block_virial) {
    for (int k = 0; k < 3; ++k) {
        const std::int64_t sum = tile_sum(own[k]);
        if (lane() == 0) atomic_add(system.forces + 3 * std::int64_t(atom) + k, sum);
    }
    double mine = 0;  // lane k adds component k
    for (int k = 0; k < 9; ++k) {
        const double sum = tile_sum(virial[k]);
        if (lane() == k) mine = sum;
    }
    if (lane() < 9) block_virial.add(lane(), mine);
}

/// Forces and virials of one pair: F_j -= g, F_i += g, and the virial -g_a d_b belongs to the neighbour.
GPU_DEVICE void add_pair(const SystemView& system, const Neighbor& neighbor, const double g[3], std::int64_t own[3],
                         double virial[9]) {
    for (int k = 0; k < 3; ++k) {
        const std::int64_t fixed = to_fixed(g[k]);
        own[k] += fixed;
        atomic_add(system.forces + 3 * std::int64_t(neighbor.index) + k, -fixed);
    }
    for (int k = 0; k < 9; ++k) {
        const double term = -g[k / 3] * neighbor.d[k % 3];
        virial[k] += term;
        if (system.atom_virials != nullptr)
            atomic_add(system.atom_virials + 9 * std::int64_t(neighbor.index) + k, to_fixed(term));
    }
}

/// The same from dE/dR of the neighbour's row; a fault where fixed point cannot hold it.
template <int n_components, class Real>
GPU_DEVICE void add_row(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                        const Neighbor& neighbor, const EnvironmentRadial<double>& f,
                        const Real row_gradient[n_components], std::int64_t own[3], double virial[9],
                        const double beside[3] = nullptr) {
    double g[3];
    constexpr double nothing[3] = {};
    if (!pair_gradient<n_components>(environment, neighbor, f, row_gradient, beside != nullptr ? beside : nothing, g))
        atomic_min(&system.totals->fault,
                   fault_key(atom, EvaluateFault::force_too_large, neighbor.type, 0, neighbor.place));
    add_pair(system, neighbor, g, own, virial);
}

/// Forces and virials of an atom from the rows of its neighbours. All lanes of its tile of lanes call this together,
/// and each takes neighbours of its own; put_gradient(neighbor, f, gradient) gives dE/dR of a row.
template <int n_components, class Real, class F>
GPU_DEVICE void add_neighbors(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                              BlockVirial& block_virial, const F& put_gradient) {
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    std::int64_t own[3] = {};
    double virial[9] = {};
    for (std::int64_t place = lane(); first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_neighbor(system, environment, atom, first, last, static_cast<int>(place));
        if (!neighbor.inside || !environment.sections[neighbor.type].has_rows) continue;
        const EnvironmentRadial<double> f = radial_of(environment, neighbor);
        Real gradient[n_components] = {};
        put_gradient(neighbor, f, gradient);
        add_row<n_components>(system, environment, atom, neighbor, f, gradient, own, virial);
    }
    sync_tile();
    add_own(system, atom, own, virial, block_virial);
}

}  // namespace dpmd::gpu
