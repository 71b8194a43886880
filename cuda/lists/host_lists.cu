// The lists of host codes on the GPU: a tile of lanes for each list.
#include "backend/items/host_pairs.hpp"
#include "lists/list_builder.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

/// Counts the pairs of each atom in first[atom], which is zero before. The lowest invalid entry is reported: it has the
/// largest remainder n - place.
GPU_KERNEL count_host_pairs(GatherHostListsArgs args, std::uint64_t* rest) {
    const HostPair pair(args);
    const std::int64_t n_entries = args.list_first[args.n_lists];
    for (std::int64_t k = first_item(); k < args.n_lists; k += n_tiles()) {
        const std::int32_t i = args.atoms[k];
        std::int64_t count = 0;
        for (std::int64_t p = args.list_first[k] + lane(); p < args.list_first[k + 1]; p += tile_lanes) {
            const std::int32_t j = args.entries[p];
            if (!pair.is_good(i, j)) {
                atomic_max(rest, static_cast<std::uint64_t>(n_entries - p));
                continue;
            }
            if (!pair.is_pair(i, j)) continue;
            ++count;
            if (pair.is_mirrored(j)) atomic_add(args.first + j, std::int64_t(1));
        }
        count = tile_sum(count);
        if (lane() == 0 && count > 0) atomic_add(args.first + i, count);
    }
}

GPU_KERNEL find_most_pairs(const std::int64_t* counts, std::int32_t n, std::int32_t* most) {
    const std::int64_t i = item();
    auto count = static_cast<std::int32_t>(i < n ? counts[i] : 0);
    for (int step = tile_lanes / 2; step > 0; step /= 2) {
        const std::int32_t other = shuffle_xor(count, step);
        count = count < other ? other : count;
    }
    if (lane() == 0) atomic_max(most, count);
}

/// Writes the pairs one after the other, those of atom i from next[i] on.
GPU_KERNEL put_host_pairs(GatherHostListsArgs args, std::int64_t* next) {
    const HostPair pair(args);
    for (std::int64_t k = first_item(); k < args.n_lists; k += n_tiles()) {
        const std::int32_t i = args.atoms[k];
        const std::int64_t end = args.list_first[k + 1];
        for (std::int64_t begin = args.list_first[k]; begin < end; begin += tile_lanes) {
            const std::int32_t j = begin + lane() < end ? args.entries[begin + lane()] : -1;
            const bool is_pair = j >= 0 && pair.is_pair(i, j);
            const std::uint32_t pairs = ballot(is_pair);
            std::int64_t at = 0;
            if (lane() == 0) at = atomic_add(next + i, std::int64_t(count_bits(pairs)));
            at = shuffle(at, 0);
            if (!is_pair) continue;
            args.index[at + count_bits(pairs & ((std::uint32_t(1) << lane()) - 1))] = j;
            if (pair.is_mirrored(j)) args.index[atomic_add(next + j, std::int64_t(1))] = i;
        }
    }
}

/// farthest: the bits of a non-negative double, whose order is that of the numbers.
GPU_KERNEL find_farthest(OrderNeighborsArgs args, std::uint64_t* farthest) {
    double here = 0;
    for (std::int64_t i = first_item(); i < args.n_owned; i += n_tiles())
        for (std::int64_t p = args.first[i] + lane(); p < args.first[i + 1]; p += tile_lanes) {
            const double r = pair_distance(args.positions, i, args.index[p]);
            here = here < r ? r : here;
        }
    for (int step = tile_lanes / 2; step > 0; step /= 2) {
        const double other = shuffle_xor(here, step);
        here = here < other ? other : here;
    }
    std::uint64_t bits;
    __builtin_memcpy(&bits, &here, sizeof bits);
    if (lane() == 0) atomic_max(farthest, bits);
}

/// Packs the neighbours that an atom has.
struct PackHostPairs {
    OrderNeighborsArgs args;
    const double* farthest;  ///< Å

    GPU_DEVICE void operator()(std::int64_t i, PackedKey* keys) const {
        const double scale = key_scale_up_to(*farthest);
        const std::int64_t first = args.first[i];
        const int n = static_cast<int>(args.first[i + 1] - first);
        for (int k = lane(); k < n; k += tile_lanes) {
            const std::int32_t j = args.index[first + k];
            keys[k] = pack_key(args.types[j], pair_distance(args.positions, i, j), scale, j);
        }
    }
};

}  // namespace

void ListBuilder::gather_host_lists(GatherHostListsArgs& args) {
    struct {
        std::uint64_t rest;
        std::int64_t n_pairs;
        std::int32_t most, unused;
    } answer;
    static_assert(sizeof answer == answer_size * sizeof(std::int64_t));
    const std::int64_t tiles = 4 * resident_tiles(queue_);
    queue_.clear(answer_.data(), sizeof answer);
    queue_.clear(args.first, (static_cast<std::size_t>(args.n_owned) + 1) * sizeof(std::int64_t));
    launch_tiles(queue_, "count_host_pairs", &count_host_pairs, args.n_lists, tiles, most_tiles_per_block, 0, args,
                 reinterpret_cast<std::uint64_t*>(answer_.data()));
    queue_.for_each("find_most_pairs", args.n_owned, &find_most_pairs, args.first, args.n_owned,
                    reinterpret_cast<std::int32_t*>(answer_.data() + 2));
    scan_.exclusive(args.first, args.n_owned);
    queue_.on_device(answer_.data() + 1, args.first + args.n_owned, sizeof(std::int64_t));
    queue_.to_host(&answer, answer_.data(), sizeof answer);
    args.n_pairs = answer.n_pairs;
    args.most = answer.most;
    args.bad = -1;
    if (answer.rest > 0) {
        std::int64_t n_entries = 0;
        queue_.to_host(&n_entries, args.list_first + args.n_lists, sizeof n_entries);
        args.bad = n_entries - static_cast<std::int64_t>(answer.rest);
    }
    if (args.bad >= 0 || args.n_pairs > args.capacity || args.n_pairs == 0) return;
    const auto n = static_cast<std::size_t>(args.n_owned);
    next_.resize_with_slack(n);
    queue_.on_device(next_.data(), args.first, n * sizeof(std::int64_t));
    launch_tiles(queue_, "put_host_pairs", &put_host_pairs, args.n_lists, tiles, most_tiles_per_block, 0, args,
                 next_.data());
}

void ListBuilder::order_neighbors(const OrderNeighborsArgs& args) {
    queue_.clear(answer_.data(), sizeof(std::int64_t));
    launch_tiles(queue_, "find_farthest", &find_farthest, args.n_owned, 4 * resident_tiles(queue_),
                 most_tiles_per_block, 0, args, reinterpret_cast<std::uint64_t*>(answer_.data()));
    store_.store({args.n_owned, args.first, args.index, {args.ids, nullptr}}, args.most,
                 PackHostPairs{args, reinterpret_cast<const double*>(answer_.data())});
}

}  // namespace dpmd::gpu
