#include "cpu/lists/make_lists.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "backend/items/listing.hpp"
#include "cpu/items.hpp"

namespace dpmd::cpu {
namespace {

std::size_t n_blocks_of(std::int32_t n) { return (std::size_t(n) + items_per_block - 1) / items_per_block; }

}  // namespace

/// Each block counts its images, which tells where they begin.
void make_images(MakeImagesArgs& args, int n_threads) {
    std::vector<std::int64_t> begin(n_blocks_of(args.n_owned));
    for_each_block(n_threads, args.n_owned, items_per_block, [&](std::int64_t first, std::int64_t last) {
        const AtomImages images(args);
        std::int64_t count = 0;
        for (std::int64_t i = first; i < last; ++i) count += images.range(i).count();
        begin[std::size_t(first / items_per_block)] = count;
    });
    args.n_images = 0;
    for (std::int64_t& count : begin) args.n_images += std::exchange(count, args.n_images);
    if (args.n_images > args.capacity) return;
    for_each_block(n_threads, args.n_owned, items_per_block, [&](std::int64_t first, std::int64_t last) {
        const AtomImages images(args);
        std::int64_t ghost = begin[std::size_t(first / items_per_block)];
        for (std::int64_t i = first; i < last; ++i) {
            const ImageRange range = images.range(i);
            const std::int64_t count = range.count();
            for (std::int64_t place = 0; place < count; ++place) images.put(i, range, place, ghost++);
        }
    });
}

/// Each block counts its atoms of every type, which tells where they begin.
void group_by_type(const GroupByTypeArgs& args, int n_threads) {
    const auto n_types = std::size_t(args.n_types), n_blocks = n_blocks_of(args.n);
    std::vector<std::int32_t> begin(n_types * n_blocks);
    const auto of_block = [&](std::int64_t first) {
        return begin.data() + n_types * std::size_t(first / items_per_block);
    };
    for_each_block(n_threads, args.n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        std::int32_t* counts = of_block(first);
        for (std::int64_t k = first; k < last; ++k)
            if (args.types[k] >= 0) ++counts[args.types[k]];
    });
    std::int32_t at = 0;
    for (std::size_t t = 0; t < n_types; ++t) {
        args.type_first[t] = at;
        for (std::size_t b = 0; b < n_blocks; ++b) at += std::exchange(begin[n_types * b + t], at);
    }
    args.type_first[n_types] = at;
    for_each_block(n_threads, args.n, items_per_block, [&](std::int64_t first, std::int64_t last) {
        std::int32_t* next = of_block(first);
        for (std::int64_t k = first; k < last; ++k)
            if (args.types[k] >= 0) args.by_type[next[args.types[k]]++] = static_cast<std::int32_t>(k);
    });
}

}  // namespace dpmd::cpu
