#pragma once
// How the kernels of a tile read a neighbour, when it counts, and its environment row.
#include <cmath>

#include "local/environment.hpp"
#include "local/system.hpp"
#include "math/environment.hpp"

namespace dpmd::gpu {

/// Spelled out to the last operation: whether a neighbour counts must not depend on the kernel that asks, and a
/// compiler may contract the same sum differently here and there.
GPU_DEVICE double distance_squared(const double d[3]) { return ::fma(d[2], d[2], ::fma(d[1], d[1], d[0] * d[0])); }

struct Neighbor {
    std::int32_t index = 0, type = 0, place = 0;  ///< place in the list of its atom
    double d[3] = {}, r = 0;                      ///< r_j - r_i and its length, Å
    bool inside = false;                          ///< counts as a neighbour
};

/// Neighbour number `place` of an atom, or none beyond the end of its list.
GPU_DEVICE Neighbor read_neighbor(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
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
    if (!(square < environment.range.cutoff * environment.range.cutoff) || !environment.sections[out.type].counts)
        return out;
    out.r = ::sqrt(square);
    out.inside = true;
    if (system.cuts != nullptr) {
        const Cut cut = system.cuts[std::int64_t(atom) * environment.n_types + out.type];
        out.inside =
            square < cut.reach_squared && (out.r < cut.distance || (out.r == cut.distance && place <= cut.place));
    }
    return out;
}

/// The radial functions of a neighbour's row.
GPU_DEVICE EnvironmentRadial<double> radial_of(const EnvironmentView& environment, const Neighbor& neighbor) {
    return environment_radial<double>(neighbor.r, environment.range, environment.protection);
}

/// Normalised environment row.
template <int n_components, class Real>
GPU_DEVICE void environment_row(const EnvironmentView& environment, const Neighbor& neighbor,
                                const EnvironmentRadial<double>& f, Real row[n_components]) {
    row[0] = static_cast<Real>((f.s - environment.shift[0]) * environment.inverse_scale[0]);
    GPU_UNROLL for (int k = 1; k < n_components; ++k) row[k] =
        static_cast<Real>((f.t * neighbor.d[k - 1] - environment.shift[k]) * environment.inverse_scale[k]);
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

/// Neighbour number place + lane() of an atom, counted with the others of its chunk; a fault where it stands on the
/// atom.
GPU_DEVICE Neighbor read_and_count(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                                   std::int64_t first, std::int64_t last, int place, std::int32_t* counts) {
    const Neighbor neighbor = read_neighbor(system, environment, atom, first, last, place + lane());
    if (neighbor.inside && neighbor.r == 0)
        atomic_min(&system.totals->fault,
                   fault_key(atom, EvaluateFault::coincident_atoms, neighbor.type, 0, neighbor.place));
    count_types(neighbor.inside, neighbor.type, counts);
    return neighbor;
}

/// Slots of a section that `count` neighbours leave empty. Fewer than none are a fault.
GPU_DEVICE int empty_slots(const SystemView& system, const SectionRule& section, std::int32_t atom, int type,
                           std::int32_t count) {
    const int n_empty = section.sel - count;
    if (n_empty < 0 && section.counts)
        atomic_min(&system.totals->fault,
                   fault_key(atom, EvaluateFault::too_many_neighbors, type, system.descriptor, count));
    return n_empty;
}

/// Slots that all types share and that stay empty, 0 where each type has its own. Fewer than none are a fault. All
/// lanes of the tile call together.
GPU_DEVICE int shared_empty_slots(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                                  std::int64_t first, std::int64_t last, const std::int32_t* counts) {
    if (environment.slot_order != SlotOrder::mixed) return 0;
    if (system.cuts == nullptr && last - first > environment.n_slots) {
        int n_inside = 0;  // whether the model ignores them or not
        for (std::int64_t k = first + lane(); k < last; k += tile_lanes) {
            const double* from = system.positions + 3 * std::int64_t(atom);
            const double* to = system.positions + 3 * std::int64_t(system.index[k]);
            const double d[3] = {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
            n_inside += distance_squared(d) < environment.range.cutoff * environment.range.cutoff ? 1 : 0;
        }
        for (int step = tile_lanes / 2; step > 0; step /= 2) n_inside += shuffle_xor(n_inside, step);
        if (n_inside > environment.n_slots) {
            if (lane() == 0)
                atomic_min(&system.totals->fault,
                           fault_key(atom, EvaluateFault::too_many_neighbors, no_type, system.descriptor, n_inside));
            return -1;
        }
    }
    int n_seen = 0;
    for (int t = 0; t < environment.n_types; ++t) n_seen += counts[t];
    return n_seen < environment.n_slots ? environment.n_slots - n_seen : 0;
}

}  // namespace dpmd::gpu
