#include "local/cuts.hpp"

#include "local/neighborhood.hpp"
#include "local/tile_grid.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

struct CutArgs {
    AtomTile tile;
    EnvironmentView environment;
    Cut* cuts;
};

/// One tile of lanes per atom. Ranks by counting: this is the rare atom with too many neighbours.
GPU_KERNEL find_cuts_kernel(CutArgs args) {
    const SystemView& system = args.tile.system;
    const EnvironmentView& environment = args.environment;
    SharedMemory shared;
    Cut* found = shared.take<Cut>(atoms_per_block) + tile();
    const int a = block_index() * atoms_per_block + tile();
    if (a >= args.tile.n_atoms) return;
    const std::int32_t atom = args.tile.atoms[a];
    const std::int64_t first = system.first[atom];
    const int n = static_cast<int>(system.first[atom + 1] - first);
    constexpr double anywhere = 1e300;
    constexpr std::int32_t any_place = 0x7fffffff;

    const auto square_of = [&](int place) {
        const double* from = system.positions + 3 * std::int64_t(atom);
        const double* to = system.positions + 3 * std::int64_t(system.index[first + place]);
        const double d[3] = {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
        return distance_squared(d);
    };
    const double cutoff_squared = environment.range.cutoff * environment.range.cutoff;

    // models that keep the nearest of all types end the neighbourhood there, ties included
    double reach_squared = cutoff_squared;
    const bool is_limited =
        environment.slot_order == SlotOrder::all_types || environment.slot_order == SlotOrder::mixed;
    if (is_limited && n > environment.n_slots && environment.n_slots > 0) {
        if (lane() == 0) *found = {cutoff_squared, anywhere, any_place};
        sync_tile();
        for (int q = lane(); q < n; q += tile_lanes) {
            const double square = square_of(q);
            if (!(square < cutoff_squared)) continue;
            const double r = ::sqrt(square);
            int nearer = 0, not_farther = 0;
            for (int p = 0; p < n; ++p) {
                const double other = square_of(p);
                if (!(other < cutoff_squared)) continue;
                nearer += ::sqrt(other) < r ? 1 : 0;
                not_farther += ::sqrt(other) <= r ? 1 : 0;
            }
            // the same value from every lane that finds it; beyond it there must be somebody
            if (nearer < environment.n_slots && not_farther >= environment.n_slots) found->distance = r;
        }
        sync_tile();
        int inside = 0;
        for (int p = lane(); p < n; p += tile_lanes) inside += square_of(p) < cutoff_squared ? 1 : 0;
        if (tile_sum(inside) > environment.n_slots) reach_squared = found->distance * found->distance * (1 + 4e-16);
        sync_tile();
    }

    for (int t = 0; t < environment.n_types; ++t) {
        const int sel = environment.sections[t].sel;
        const auto counts = [&](int place) {
            return system.types[system.index[first + place]] == t && square_of(place) < cutoff_squared &&
                   square_of(place) < reach_squared;
        };
        int n_of_type = 0;
        for (int p = lane(); p < n; p += tile_lanes) n_of_type += counts(p) ? 1 : 0;
        n_of_type = tile_sum(n_of_type);
        if (lane() == 0) *found = {reach_squared, anywhere, any_place};
        sync_tile();
        if (n_of_type > sel && environment.sections[t].counts)
            for (int q = lane(); q < n; q += tile_lanes) {
                if (!counts(q)) continue;
                const double r = ::sqrt(square_of(q));
                int before = 0;
                for (int p = 0; p < n; ++p) {
                    if (!counts(p)) continue;
                    const double other = ::sqrt(square_of(p));
                    before += other < r || (other == r && p < q) ? 1 : 0;
                }
                if (before == sel - 1) *found = {reach_squared, r, q};
            }
        sync_tile();
        if (lane() == 0) args.cuts[std::int64_t(atom) * environment.n_types + t] = *found;
        sync_tile();
    }
}

}  // namespace

void find_cuts(Queue& queue, const AtomTile& tile, const EnvironmentView& environment, Cut* cuts) {
    queue.launch("find_cuts", &find_cuts_kernel, grid_of_atoms(tile.n_atoms), threads_of_atoms,
                 shared_piece<Cut>(atoms_per_block), CutArgs{tile, environment, cuts});
}

}  // namespace dpmd::gpu
