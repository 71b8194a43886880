#include "local/rows.hpp"

#include "local/neighborhood.hpp"
#include "local/tile_grid.hpp"

namespace dpmd::gpu {
namespace {

constexpr int scan_threads = 256;

/// One tile of lanes per atom.
template <class Real>
GPU_KERNEL count_rows_kernel(RowTile<Real> args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.environment.n_types;
    SharedMemory shared;
    std::int32_t* counts = shared.take<std::int32_t>(tiles * n_types) + tile() * n_types;
    const int a = block_index() * tiles + tile();
    if (a >= args.tile.n_atoms) return;
    const SystemView& system = args.tile.system;
    const std::int32_t atom = args.tile.atoms[a];
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    for (int t = lane(); t < n_types; t += tile_lanes) counts[t] = 0;
    sync_tile();
    for (int place = 0; first + place < last; place += tile_lanes)
        read_and_count(system, args.environment, atom, first, last, place, counts);
    sync_tile();
    const int n_shared = shared_empty_slots(system, args.environment, atom, first, last, counts);
    const bool shares_slots = args.environment.slot_order == SlotOrder::mixed;
    for (int t = lane(); t < n_types; t += tile_lanes) {
        const SectionRule section = args.environment.sections[t];
        const int n_empty = shares_slots ? n_shared : empty_slots(system, section, atom, t, counts[t]);
        const int place = args.rows.place(t, a, args.tile.n_atoms, n_types);
        args.rows.n_empty[place] = n_empty;
        args.rows.n_rowless[place] = section.has_rows ? 0 : counts[t];
        // an evaluation that fails must not write past the rows there are
        args.rows.counts[place] = section.has_rows && n_empty >= 0 ? counts[t] : 0;
    }
}

/// One block: exclusive sums of the counts.
template <class Real>
GPU_KERNEL scan_rows_kernel(RowTile<Real> args) {
    SharedMemory shared;
    std::int32_t* sums = shared.take<std::int32_t>(scan_threads);
    const int n = args.environment.n_types * args.tile.n_atoms, share = (n + scan_threads - 1) / scan_threads;
    const int begin = thread_index() * share < n ? thread_index() * share : n;
    const int end = begin + share < n ? begin + share : n;
    std::int32_t sum = 0;
    for (int k = begin; k < end; ++k) sum += args.rows.counts[k];
    sums[thread_index()] = sum;
    sync_block();
    if (thread_index() == 0)
        for (int k = 0, total = 0; k < scan_threads; ++k) {
            const int here = sums[k];
            sums[k] = total;
            total += here;
        }
    sync_block();
    sum = sums[thread_index()];
    for (int k = begin; k < end; ++k) {
        args.rows.first[k] = sum;
        sum += args.rows.counts[k];
        if (k == n - 1) args.rows.first[n] = sum;
    }
    sync_block();
    for (int t = thread_index(); t <= args.environment.n_types; t += scan_threads) {
        const bool has_range = t < args.environment.n_types && !args.rows.by_atom;
        args.rows.ranges[2 * t] = has_range ? args.rows.first[t * args.tile.n_atoms] : 0;
        args.rows.ranges[2 * t + 1] = has_range ? args.rows.first[(t + 1) * args.tile.n_atoms] : args.rows.first[n];
    }
}

/// One tile of lanes per atom; rows keep the order of the list inside a type.
template <class Real, int n_components>
GPU_KERNEL fill_rows_kernel(RowTile<Real> args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.environment.n_types;
    SharedMemory shared;
    std::int32_t* next = shared.take<std::int32_t>(tiles * n_types) + tile() * n_types;
    const int a = block_index() * tiles + tile();
    if (a >= args.tile.n_atoms) return;
    const SystemView& system = args.tile.system;
    const std::int32_t atom = args.tile.atoms[a];
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    for (int t = lane(); t < n_types; t += tile_lanes) {
        const int place = args.rows.place(t, a, args.tile.n_atoms, n_types);
        next[t] = args.rows.counts[place] > 0 ? args.rows.first[place] : -1;
    }
    sync_tile();
    for (int place = 0; first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_neighbor(system, args.environment, atom, first, last, place + lane());
        std::uint32_t left = ballot(neighbor.inside);
        std::int32_t row = -1;
        while (left != 0) {
            const int t = shuffle(neighbor.type, lowest_bit(left));
            const std::uint32_t same = ballot(neighbor.inside && neighbor.type == t);
            const std::int32_t start = next[t];
            const std::uint32_t before = same & ((std::uint32_t(1) << lane()) - 1);
            if (neighbor.inside && neighbor.type == t && start >= 0) row = start + count_bits(before);
            sync_tile();
            if (lane() == 0 && start >= 0) next[t] = start + count_bits(same);
            sync_tile();
            left &= ~same;
        }
        if (row < 0) continue;
        Real values[n_components];
        environment_row<n_components>(args.environment, neighbor, radial_of(args.environment, neighbor), values);
        args.rows.neighbor[row] = neighbor.place;
        args.rows.owner[row] = a;
        for (int k = 0; k < n_components; ++k) args.rows.components[k * args.rows.most + row] = values[k];
    }
}

}  // namespace

template <class Real>
Rows<Real>::Rows(Scratch& scratch, const EnvironmentView& environment, std::int64_t n_atoms, std::int64_t n_rows)
    : most(n_rows),
      by_atom(environment.rows_by_atom),
      counts(scratch.take<std::int32_t>(environment.n_types * n_atoms)),
      n_empty(scratch.take<std::int32_t>(environment.n_types * n_atoms)),
      n_rowless(scratch.take<std::int32_t>(environment.n_types * n_atoms)),
      first(scratch.take<std::int32_t>(environment.n_types * n_atoms + 1)),
      ranges(scratch.take<std::int32_t>(2 * (environment.n_types + 1))),
      neighbor(scratch.take<std::int32_t>(n_rows)),
      owner(scratch.take<std::int32_t>(n_rows)),
      components(scratch.take<Real>(environment.n_components * n_rows)) {}

template <class Real>
void scan_rows(Queue& queue, const RowTile<Real>& args) {
    queue.launch("scan_rows", &scan_rows_kernel<Real>, Grid{1}, scan_threads, shared_piece<std::int32_t>(scan_threads),
                 args);
}

template <class Real>
void pack_rows(Queue& queue, const RowTile<Real>& args) {
    const Grid grid = grid_of_atoms(args.tile.n_atoms);
    const std::size_t bytes = shared_piece<std::int32_t>(std::size_t(atoms_per_block * args.environment.n_types));
    queue.launch("count_rows", &count_rows_kernel<Real>, grid, threads_of_atoms, bytes, args);
    scan_rows(queue, args);
    const auto fill = args.environment.n_components == 1 ? &fill_rows_kernel<Real, 1> : &fill_rows_kernel<Real, 4>;
    queue.launch("fill_rows", fill, grid, threads_of_atoms, bytes, args);
}

#define DPMD_INSTANTIATE(Real)                             \
    template struct Rows<Real>;                            \
    template void scan_rows(Queue&, const RowTile<Real>&); \
    template void pack_rows(Queue&, const RowTile<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
