// The neighbour list on the GPU: a tile of lanes for each atom counts, then packs, sorts and stores.
#include <cmath>

#include "lists/list_builder.hpp"

namespace dpmd::gpu {
namespace {

/// Cells of half the cutoff, searched two cells in each direction; one lane takes each row of cells along x.
constexpr int cells_per_cutoff = 2, row_width = 2 * cells_per_cutoff + 1, n_rows = row_width * row_width;
static_assert(n_rows <= tile_lanes);

struct ListArgs {
    BuildNeighborsArgs list;
    CellLattice lattice;
    const std::uint64_t* cell_keys = nullptr;  ///< [n_total] ascending
    const std::int32_t* order = nullptr;       ///< [n_total] atoms in grid order
    const double* sorted = nullptr;            ///< [n_total][3] their positions
    std::int32_t* most = nullptr;
};

GPU_KERNEL sort_positions(const double* positions, const std::int32_t* order, std::int32_t n, double* sorted) {
    const std::int64_t k = item();
    if (k >= n) return;
    const std::int64_t i = order[k];
    for (int c = 0; c < 3; ++c) sorted[3 * k + c] = positions[3 * i + c];
}

struct Run {
    std::int32_t begin, end;
};

/// The places of the atoms in this lane's row of cells, among all rows around a position.
GPU_DEVICE Run row_of_lane(const ListArgs& args, const double* center) {
    const CellLattice& lattice = args.lattice;
    std::int64_t at[3];
    lattice.locate(center, at);
    const std::int64_t y = at[1] + lane() % row_width - cells_per_cutoff;
    const std::int64_t z = at[2] + lane() / row_width - cells_per_cutoff;
    if (lane() >= n_rows || y < 0 || z < 0 || y >= lattice.cells[1] || z >= lattice.cells[2]) return {0, 0};
    const std::int64_t low = at[0] > cells_per_cutoff ? at[0] - cells_per_cutoff : 0;
    const std::int64_t last = lattice.cells[0] - 1;
    const std::int64_t high = at[0] + cells_per_cutoff < last ? at[0] + cells_per_cutoff : last;
    const std::int32_t n = args.list.n_total;
    const std::int32_t begin = lower_bound(args.cell_keys, 0, n, lattice.key(low, y, z));
    return {begin, lower_bound(args.cell_keys, begin, n, lattice.key(high, y, z) + 1)};
}

/// Calls visit(is a neighbour, atom, squared distance), all lanes together, until every neighbour of atom i has been
/// visited.
template <class Visit>
GPU_DEVICE void for_each_candidate(const ListArgs& args, std::int64_t i, Visit&& visit) {
    const double center[3] = {args.list.positions[3 * i], args.list.positions[3 * i + 1],
                              args.list.positions[3 * i + 2]};
    const double cutoff_squared = args.list.cutoff * args.list.cutoff;
    const Run run_of_lane = row_of_lane(args, center);
    for (int row = 0; row < n_rows; ++row) {
        const std::int32_t begin = shuffle(run_of_lane.begin, row), end = shuffle(run_of_lane.end, row);
        for (std::int32_t first = begin; first < end; first += tile_lanes) {
            const std::int64_t k = first + lane();
            double r2 = cutoff_squared;
            if (k < end) {
                const double* x = args.sorted + 3 * k;
                const double dx = x[0] - center[0], dy = x[1] - center[1], dz = x[2] - center[2];
                r2 = dx * dx + dy * dy + dz * dz;
            }
            const std::int32_t j = r2 < cutoff_squared ? args.order[k] : -1;
            visit(j >= 0 && j != i && args.list.types[j] >= 0, j, r2);
        }
    }
}

GPU_KERNEL count_neighbors(ListArgs args) {
    std::int32_t most = 0;
    for (std::int64_t i = first_item(); i < args.list.n_owned; i += n_tiles()) {
        std::int32_t count = 0;
        if (args.list.types[i] >= 0)
            for_each_candidate(args, i, [&](bool is_neighbor, std::int32_t, double) { count += is_neighbor ? 1 : 0; });
        count = tile_sum(count);
        if (count > most) most = count;
        if (lane() == 0) args.list.first[i] = count;
    }
    if (lane() == 0 && most > 0) atomic_max(args.most, most);
}

/// Packs the neighbours that are found for an atom.
struct PackNeighbors {
    ListArgs args;

    GPU_DEVICE void operator()(std::int64_t i, PackedKey* keys) const {
        const double scale = key_scale(args.list.cutoff);
        int filled = 0;
        for_each_candidate(args, i, [&](bool is_neighbor, std::int32_t j, double r2) {
            const std::uint32_t neighbors = ballot(is_neighbor);
            if (is_neighbor)
                keys[filled + count_bits(neighbors & ((std::uint32_t(1) << lane()) - 1))] =
                    pack_key(args.list.types[j], ::sqrt(r2), scale, j);
            filled += count_bits(neighbors);
        });
    }
};

}  // namespace

void ListBuilder::build_neighbors(BuildNeighborsArgs& args) {
    args.n_pairs = 0;
    args.most = 0;
    if (args.n_owned == 0) return queue_.clear(args.first, sizeof(std::int64_t));
    ListArgs list;
    list.list = args;
    grid_.build(args.positions, args.n_total, args.cutoff / cells_per_cutoff);
    list.lattice = grid_.lattice();
    list.cell_keys = grid_.keys();
    list.order = grid_.order();
    sorted_positions_.resize_with_slack(3 * static_cast<std::size_t>(args.n_total));
    queue_.for_each("sort_positions", args.n_total, sort_positions, args.positions, grid_.order(), args.n_total,
                    sorted_positions_.data());
    list.sorted = sorted_positions_.data();

    // first pass: count
    queue_.clear(answer_.data(), 2 * sizeof(std::int64_t));
    list.most = reinterpret_cast<std::int32_t*>(answer_.data() + 1);
    launch_tiles(queue_, "count_neighbors", &count_neighbors, args.n_owned, 4 * resident_tiles(queue_),
                 most_tiles_per_block, 0, list);
    scan_.exclusive(args.first, args.n_owned);
    queue_.on_device(answer_.data(), args.first + args.n_owned, sizeof(std::int64_t));
    struct {
        std::int64_t n_pairs;
        std::int32_t most, unused;
    } answer;
    queue_.to_host(&answer, answer_.data(), sizeof answer);
    args.n_pairs = answer.n_pairs;
    args.most = answer.most;
    if (args.n_pairs > args.capacity || args.n_pairs == 0) return;

    // second pass: pack, sort, store
    store_.store({args.n_owned, args.first, args.index, {args.ids, args.images}}, args.most, PackNeighbors{list});
}

}  // namespace dpmd::gpu
