#pragma once
// What the tile kernels share: how a neighbour is read, when it counts, and how a fault is told.
#include <cmath>

#include "atomic_sums.hpp"
#include "backend/evaluate.hpp"
#include "local/se_a_model.hpp"
#include "math/environment.hpp"
#include "math/fixed_point.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {

/// Faults of an evaluation race to the smallest of these keys, so the first atom wins:
///   bits 63..36 centre atom, 35..33 fault, 32..26 type, 25..0 neighbours (too_many) or place in the atom's list.
using FaultKey = std::uint64_t;
inline constexpr FaultKey no_fault = ~FaultKey(0);

GPU_DEVICE FaultKey fault_key(std::int32_t atom, EvaluateFault fault, int type, std::int64_t place) {
    return (static_cast<FaultKey>(atom) << 36) | (static_cast<FaultKey>(fault) << 33) |
           (static_cast<FaultKey>(type) << 26) | (static_cast<FaultKey>(place) & 0x3ffffffu);
}

/// The limit of an atom's neighbourhood where there are more neighbours than `sel` and the nearest are kept: those of
/// the type within the reach whose (distance, place in the list) is not beyond the cut.
struct Cut {
    double reach_squared;
    double distance;
    std::int32_t place;
};

/// What tiles add to; in device memory.
struct DeviceTotals {
    FixedSum energy, virial[9];
    FaultKey fault;
    std::int32_t n_left;  ///< atoms handed to the exact nets
};

/// The system of one evaluation, as kernels take it.
struct SystemView {
    const double* positions;
    const std::int32_t* types;
    const std::int64_t* first;
    const std::int32_t* index;
    const double* aparam;
    const Cut* cuts;  ///< [n_owned][n_types], or null: more neighbours than sel are an error
    double* atom_energies;
    std::int64_t* forces;
    std::int64_t* atom_virials;  ///< or null
    DeviceTotals* totals;
};

/// Spelled out to the last operation: whether a neighbour counts must not depend on the kernel that asks, and a
/// compiler may contract the same sum differently here and there.
GPU_DEVICE double distance_squared(const double d[3]) { return ::fma(d[2], d[2], ::fma(d[1], d[1], d[0] * d[0])); }

struct Neighbor {
    std::int32_t index = 0, type = 0, place = 0;  ///< place in the list of its atom
    double d[3] = {}, r = 0;                      ///< r_j - r_i and its length, Å
    bool inside = false;                          ///< counts as a neighbour
};

/// Neighbour number `place` of an atom, or none beyond the end of its list.
template <class Real>
GPU_DEVICE Neighbor read_neighbor(const SystemView& system, const CenterView<Real>& center, std::int32_t atom,
                                  std::int64_t first, std::int64_t last, int place) {
    Neighbor out;
    out.place = place;
    if (first + place >= last) return out;
    out.index = system.index[first + place];
    out.type = system.types[out.index];
    const double* from = system.positions + 3 * std::int64_t(atom);
    const double* to = system.positions + 3 * std::int64_t(out.index);
    for (int k = 0; k < 3; ++k) out.d[k] = to[k] - from[k];
    const double square = distance_squared(out.d);
    if (!(square < center.range.cutoff * center.range.cutoff) || !center.sections[out.type].is_neighbor) return out;
    out.r = ::sqrt(square);
    out.inside = true;
    if (system.cuts != nullptr) {
        const Cut cut = system.cuts[std::int64_t(atom) * center.n_types + out.type];
        out.inside =
            square < cut.reach_squared && (out.r < cut.distance || (out.r == cut.distance && place <= cut.place));
    }
    return out;
}

/// Normalised environment row.
template <class Real>
GPU_DEVICE void environment_row(const CenterView<Real>& center, const Neighbor& neighbor,
                                const EnvironmentRadial<double>& f, Real row[4]) {
    row[0] = static_cast<Real>((f.s - center.shift[0]) * center.inverse_scale[0]);
    for (int k = 0; k < 3; ++k)
        row[1 + k] = static_cast<Real>((f.t * neighbor.d[k] - center.shift[1 + k]) * center.inverse_scale[1 + k]);
}

/// g = dE_i/d(r_j - r_i) in fixed point, from dE/dR of the row. False, and zero, when fixed point cannot hold the force
/// or the force times the distance.
template <class Real>
GPU_DEVICE bool pair_gradient(const CenterView<Real>& center, const Neighbor& neighbor,
                              const EnvironmentRadial<double>& f, const Real row_gradient[4], double g[3]) {
    double plain[4];
    for (int k = 0; k < 4; ++k) plain[k] = static_cast<double>(row_gradient[k]) * center.inverse_scale[k];
    environment_gradient<double>(neighbor.d, neighbor.r, f, plain, g);
    const double limit = neighbor.r > 1 ? fixed_pair_limit / neighbor.r : fixed_pair_limit;
    bool fits = true;
    for (int k = 0; k < 3; ++k) fits = fits && fixed_in_range(g[k], limit);
    for (int k = 0; k < 3 && !fits; ++k) g[k] = 0;
    return fits;
}

/// Counts the neighbours of each type in a chunk of 32 that a tile has read: counts [n_types] of the tile.
GPU_DEVICE void count_types(bool inside, int type, std::int32_t* counts) {
    std::uint32_t left = ballot(inside);
    while (left != 0) {
        const int first = lowest_bit(left);
        const int t = shuffle(type, first);
        const std::uint32_t same = ballot(inside && type == t);
        if (lane() == 0) counts[t] += count_bits(same);
        left &= ~same;
    }
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

}  // namespace dpmd::gpu
