#pragma once
// Items (backend/items/item.hpp) on the CPU's threads: in blocks, so that small systems do not wait for other threads.
#include <algorithm>
#include <cstdint>

#include "backend/items/item.hpp"
#include "core/threads.hpp"

namespace dpmd::cpu {

/// The least work for one thread: a few microseconds.
inline constexpr std::int64_t items_per_block = 4096;

/// Calls Item(args)(i) for i in [0, n), unless the state in the arguments has halted.
template <class Item, class Args>
void for_each_item(int n_threads, std::int64_t n, const Args& args) {
    if (is_halted(args)) return;
    for_each_block(n_threads, n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        const Item item(args);  // one per block, so that it stays in registers
        for (std::int64_t i = first; i < last; ++i) item(i);
    });
}

/// Calls Item(args)(i, c) for i in [0, n) and c in [0, args.width).
template <class Item, class Args>
void for_each_value(int n_threads, std::int64_t n, const Args& args) {
    const std::int64_t block = std::max<std::int64_t>(items_per_block / std::max(args.width, 1), 1);
    for_each_block(n_threads, n, block, [&](std::int64_t first, std::int64_t last) {
        const Item item(args);
        for (std::int64_t i = first; i < last; ++i)
            for (int c = 0; c < args.width; ++c) item(i, c);
    });
}

/// The lowest i in [0, n) for which Item(args)(i) is false; -1 when there is none.
template <class Item, class Args>
std::int32_t first_failure(int n_threads, std::int32_t n, const Args& args) {
    const Item item(args);
    const std::int64_t found = first_where(n_threads, n, items_per_block, [&](std::int64_t i) { return !item(i); });
    return found < n ? static_cast<std::int32_t>(found) : -1;
}

}  // namespace dpmd::cpu
