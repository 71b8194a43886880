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

/// The virial of the atoms that a tile of lanes takes, in registers until the kernel ends: every second lane has one of
/// the components.
class TileVirial {
public:
    /// What the lanes have seen of an atom; all of them call together.
    GPU_DEVICE void add(const double seen[9]) {
        double values[16];
        GPU_UNROLL for (int k = 0; k < 16; ++k) values[k] = k < 9 ? seen[k] : 0.0;
        sum_.add(tile_sums<16>(values));
    }
    GPU_DEVICE void finish(DeviceTotals* totals) const {
        if (lane() % 2 == 0 && lane() / 2 < 9) add_sum(&totals->virial[lane() / 2], sum_);
    }

private:
    FixedSum sum_;
};

/// What the lanes of a tile have gathered of an atom's own force and virial goes to the sums.
GPU_DEVICE void add_own(const SystemView& system, std::int32_t atom, const std::int64_t own[3], const double virial[9],
                        TileVirial& tile_virial) {
    std::int64_t values[4] = {own[0], own[1], own[2], 0};
    const std::int64_t sum = tile_sums<4>(values);
    const int k = lane() / (tile_lanes / 4);
    if (lane() % (tile_lanes / 4) == 0 && k < 3) atomic_add(system.forces + 3 * std::int64_t(atom) + k, sum);
    tile_virial.add(virial);
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

/// Neighbours of an atom that have rows, gathered so that all lanes of a tile have one: lists also hold those of the
/// skin, which would leave lanes idle.
class RowQueue {
public:
    /// Of a block of so many tiles.
    static constexpr std::size_t shared_bytes(int tiles) {
        return shared_piece<std::int32_t>(std::size_t(tiles) * 2 * tile_lanes);
    }
    GPU_DEVICE explicit RowQueue(SharedMemory& shared, int tiles)
        : places_(shared.take<std::int32_t>(tiles * 2 * tile_lanes) + tile() * 2 * tile_lanes) {}

    /// Calls f(neighbor) for the neighbours of an atom that have rows; each lane gets some. All lanes call together.
    template <class F>
    GPU_DEVICE void for_each(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                             const F& f) {
        const std::int64_t first = system.first[atom], last = system.first[atom + 1];
        const int n_listed = static_cast<int>(last - first);
        int n_waiting = 0;
        for (int place = 0; place < n_listed || n_waiting > 0; place += tile_lanes) {
            if (place < n_listed) {
                const Neighbor seen = read_neighbor(system, environment, atom, first, last, place + lane());
                const bool has_row = seen.inside && environment.sections[seen.type].has_rows;
                const std::uint32_t with_rows = ballot(has_row), before = (std::uint32_t(1) << lane()) - 1;
                if (has_row) places_[n_waiting + count_bits(with_rows & before)] = place + lane();
                n_waiting += count_bits(with_rows);
                sync_tile();
                if (n_waiting < tile_lanes && place + tile_lanes < n_listed) continue;
            }
            const int n = n_waiting < tile_lanes ? n_waiting : tile_lanes;
            if (lane() < n) f(read_neighbor(system, environment, atom, first, last, places_[lane()]));
            n_waiting -= n;
            const std::int32_t next = lane() < n_waiting ? places_[n + lane()] : 0;
            sync_tile();
            places_[lane()] = next;
            sync_tile();
        }
    }

private:
    std::int32_t* places_;  // [2 tile_lanes]
};

/// Forces and virials of an atom from the rows of its neighbours. All lanes of its tile of lanes call this together,
/// and each takes neighbours of its own; put_gradient(neighbor, f, gradient) gives dE/dR of a row.
template <int n_components, class Real, class F>
GPU_DEVICE void add_neighbors(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                              RowQueue& queue, TileVirial& tile_virial, const F& put_gradient) {
    std::int64_t own[3] = {};
    double virial[9] = {};
    queue.for_each(system, environment, atom, [&](const Neighbor& neighbor) {
        const EnvironmentRadial<double> f = radial_of(environment, neighbor);
        Real gradient[n_components] = {};
        put_gradient(neighbor, f, gradient);
        add_row<n_components>(system, environment, atom, neighbor, f, gradient, own, virial);
    });
    add_own(system, atom, own, virial, tile_virial);
}

}  // namespace dpmd::gpu
