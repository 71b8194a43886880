#include "cpu/lists/ghosts.hpp"

#include <algorithm>

#include "core/threads.hpp"
#include "cpu/items.hpp"

namespace dpmd::cpu {
namespace {

/// Adds the values of ghosts to the owners first to last - 1.
void add_to_owners(const ReverseGhostsArgs& args, std::int32_t first, std::int32_t last) {
    for (std::int64_t g = 0; g < args.n_ghosts; ++g) {
        const std::int32_t owner = args.owner[g];
        if (owner < first || owner >= last) continue;
        const std::int64_t* from = args.ghosts + g * args.width;
        std::int64_t* to = args.values + std::int64_t(owner) * args.width;
        for (int c = 0; c < args.width; ++c) to[c] += from[c];
    }
}

}  // namespace

/// Each thread goes through all ghosts and adds those of its own range of owners: reading an owner costs far less than
/// atomic additions.
void reverse_ghosts(const ReverseGhostsArgs& args, int n_threads) {
    const std::int64_t n_values = std::int64_t(args.n_ghosts) * args.width;
    const auto n_parts = std::clamp<std::int64_t>(n_values / items_per_block, 1, n_threads);
    parallel_for(n_threads, n_parts, 1, [&](std::int64_t part, int) {
        add_to_owners(args, static_cast<std::int32_t>(part * args.n_owned / n_parts),
                      static_cast<std::int32_t>((part + 1) * args.n_owned / n_parts));
    });
}

}  // namespace dpmd::cpu
