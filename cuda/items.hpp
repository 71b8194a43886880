#pragma once
// Items (backend/items/item.hpp) on the GPU: one thread for each. Sources that include this are compiled without
// contraction (sources.cmake), so that items give the same bits as on the CPU.
#include <cstdint>

#include "backend/items/item.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

template <class Item, class Args>
GPU_KERNEL each_item(Args args, std::int64_t n) {
    const std::int64_t i = item();
    if (i >= n || is_halted(args)) return;
    const Item one(args);
    one(i);
}

template <class Item, class Args>
GPU_KERNEL each_value(Args args, std::int64_t n) {
    const std::int64_t at = item();
    if (at >= n) return;
    const Item one(args);
    one(at / args.width, static_cast<int>(at % args.width));
}

/// Finds the lowest index as the largest remainder n - i; 0 means none.
template <class Item, class Args>
GPU_KERNEL find_failures(Args args, std::int64_t n, std::uint64_t* rest) {
    const std::int64_t i = item();
    if (i >= n) return;
    const Item one(args);
    if (!one(i)) atomic_max(rest, static_cast<std::uint64_t>(n - i));
}

/// Calls Item(args)(i) for i in [0, n), unless the state in the arguments has halted.
template <class Item, class Args>
void for_each_item(Queue& queue, const char* name, std::int64_t n, const Args& args) {
    queue.for_each(name, n, &each_item<Item, Args>, args, n);
}

/// Calls Item(args)(i, c) for i in [0, n) and c in [0, args.width).
template <class Item, class Args>
void for_each_value(Queue& queue, const char* name, std::int64_t n, const Args& args) {
    const std::int64_t n_values = n * args.width;
    queue.for_each(name, n_values, &each_value<Item, Args>, args, n_values);
}

/// The lowest i in [0, n) for which Item(args)(i) is false; -1 when there is none. `rest` is scratch on the device.
template <class Item, class Args>
std::int32_t first_failure(Queue& queue, const char* name, std::int64_t n, const Args& args, std::uint64_t* rest) {
    if (n == 0) return -1;
    queue.clear(rest, sizeof *rest);
    queue.for_each(name, n, &find_failures<Item, Args>, args, n, rest);
    std::uint64_t found = 0;
    queue.to_host(&found, rest, sizeof found);
    return found > 0 ? static_cast<std::int32_t>(n - static_cast<std::int64_t>(found)) : -1;
}

}  // namespace dpmd::gpu
