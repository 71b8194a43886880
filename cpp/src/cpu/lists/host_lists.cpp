#include "cpu/lists/host_lists.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "backend/items/host_pairs.hpp"
#include "cpu/items.hpp"
#include "cpu/lists/sort_keys.hpp"

namespace dpmd::cpu {
namespace {

constexpr std::int64_t atoms_per_block = 256;

/// Adds to a number that other threads may be adding to, and returns its previous value.
std::int64_t claim(std::int64_t& at, std::int64_t n) {
    return std::atomic_ref(at).fetch_add(n, std::memory_order_relaxed);
}

/// Counts the pairs of each atom in first[atom]; `bad` becomes the first invalid entry.
void count_pairs(GatherHostListsArgs& args, int n_threads) {
    std::mutex mutex;
    std::int64_t bad = args.list_first[args.n_lists];
    std::fill_n(args.first, std::size_t(args.n_owned) + 1, 0);
    for_each_block(n_threads, args.n_lists, atoms_per_block, [&](std::int64_t first, std::int64_t last) {
        const HostPair pair(args);
        for (std::int64_t k = first; k < last; ++k) {
            const std::int32_t i = args.atoms[k];
            std::int64_t count = 0;
            for (std::int64_t p = args.list_first[k]; p < args.list_first[k + 1]; ++p) {
                const std::int32_t j = args.entries[p];
                if (!pair.is_good(i, j)) {
                    const std::lock_guard<std::mutex> lock(mutex);
                    bad = std::min(bad, p);
                    return;
                }
                if (!pair.is_pair(i, j)) continue;
                ++count;
                if (pair.is_mirrored(j)) claim(args.first[j], 1);
            }
            claim(args.first[i], count);
        }
    });
    args.bad = bad < args.list_first[args.n_lists] ? bad : -1;
}

/// Writes the pairs one after the other, those of atom i from next[i] on.
void put_pairs(const GatherHostListsArgs& args, std::vector<std::int64_t>& next, int n_threads) {
    for_each_block(n_threads, args.n_lists, atoms_per_block, [&](std::int64_t first, std::int64_t last) {
        const HostPair pair(args);
        for (std::int64_t k = first; k < last; ++k) {
            const std::int32_t i = args.atoms[k];
            const std::int32_t *begin = args.entries + args.list_first[k], *end = args.entries + args.list_first[k + 1];
            std::int64_t at = claim(next[std::size_t(i)],
                                    std::count_if(begin, end, [&](std::int32_t j) { return pair.is_pair(i, j); }));
            for (const std::int32_t* j = begin; j < end; ++j) {
                if (!pair.is_pair(i, *j)) continue;
                args.index[at++] = *j;
                if (pair.is_mirrored(*j)) args.index[claim(next[std::size_t(*j)], 1)] = i;
            }
        }
    });
}

double farthest_neighbor(const OrderNeighborsArgs& args, int n_threads) {
    std::mutex mutex;
    double farthest = 0;
    for_each_block(n_threads, args.n_owned, atoms_per_block, [&](std::int64_t first, std::int64_t last) {
        double here = 0;
        for (std::int64_t i = first; i < last; ++i)
            for (std::int64_t p = args.first[i]; p < args.first[i + 1]; ++p)
                here = std::max(here, pair_distance(args.positions, i, args.index[p]));
        const std::lock_guard<std::mutex> lock(mutex);
        farthest = std::max(farthest, here);
    });
    return farthest;
}

}  // namespace

void gather_host_lists(GatherHostListsArgs& args, int n_threads) {
    args.n_pairs = 0;
    args.most = 0;
    count_pairs(args, n_threads);
    if (args.bad >= 0) return;
    for (std::int32_t i = 0; i < args.n_owned; ++i) {
        const std::int64_t count = args.first[i];
        args.most = std::max(args.most, static_cast<std::int32_t>(count));
        args.first[i] = args.n_pairs;
        args.n_pairs += count;
    }
    args.first[args.n_owned] = args.n_pairs;
    if (args.n_pairs > args.capacity) return;
    std::vector<std::int64_t> next(args.first, args.first + args.n_owned);
    put_pairs(args, next, n_threads);
}

void order_neighbors(const OrderNeighborsArgs& args, int n_threads) {
    const double scale = key_scale_up_to(farthest_neighbor(args, n_threads));
    const NeighborOrder order{args.ids, nullptr};
    for_each_block(n_threads, args.n_owned, atoms_per_block, [&](std::int64_t first, std::int64_t last) {
        std::vector<PackedKey> keys;
        keys.reserve(std::size_t(args.most));
        for (std::int64_t i = first; i < last; ++i) {
            keys.clear();
            for (std::int64_t p = args.first[i]; p < args.first[i + 1]; ++p) {
                const std::int32_t j = args.index[p];
                keys.push_back(pack_key(args.types[j], pair_distance(args.positions, i, j), scale, j));
            }
            sort_keys(keys, order);
            std::transform(keys.begin(), keys.end(), args.index + args.first[i],
                           [](PackedKey key) { return key_index(key); });
        }
    });
}

}  // namespace dpmd::cpu
