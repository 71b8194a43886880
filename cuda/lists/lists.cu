// The verbs around the neighbour list on the GPU: checks, wrapping, images, and the order of the list.
#include <algorithm>
#include <bit>
#include <cmath>

#include "lists/list_builder.hpp"

namespace dpmd::gpu {
namespace {

/// Reports an index: the lowest has the largest rest n - index, and 0 is none.
GPU_DEVICE void report_index(std::uint64_t* rest, std::int64_t index, std::int32_t n) {
    atomic_max(rest, static_cast<std::uint64_t>(n - index));
}

GPU_KERNEL find_bad_atoms(CheckAtomsArgs args, std::uint64_t* rest) {
    const std::int64_t i = item();
    if (i >= args.n) return;
    const double* x = args.positions + 3 * i;
    // the difference of a number and itself is zero unless it is infinite or none
    const bool finite = x[0] - x[0] == 0 && x[1] - x[1] == 0 && x[2] - x[2] == 0;
    if (!finite || args.types[i] < -1 || args.types[i] >= args.n_types) report_index(rest, i, args.n);
}

GPU_KERNEL wrap_atoms(WrapArgs args, std::uint64_t* rest) {
    const std::int64_t k = item();
    if (k >= args.n) return;
    const double* x = args.positions + 3 * static_cast<std::int64_t>(args.order != nullptr ? args.order[k] : k);
    double cells[3];
    if (!wrap_cells(x, args.cell, cells)) {
        report_index(rest, k, args.n);
        return;
    }
    const Vector3 moved = row_times(cells, args.cell.cell);
    for (int c = 0; c < 3; ++c) {
        args.wrapped[3 * k + c] = x[c] - moved[c];
        args.wrap[3 * k + c] = static_cast<std::int32_t>(cells[c]);
    }
}

GPU_KERNEL count_images(MakeImagesArgs args, std::int64_t* counts) {
    const std::int64_t i = item();
    if (i < args.n_owned) counts[i] = image_range(args.cell, args.positions + 3 * i, args.reach).count();
}

/// One thread for each image.
GPU_KERNEL list_images(MakeImagesArgs args, const std::int64_t* first) {
    const std::int64_t at = item();
    if (at >= args.n_images) return;
    const std::int32_t owner = lower_bound(first, 0, args.n_owned + 1, at + 1) - 1;
    const ImageRange range = image_range(args.cell, args.positions + 3 * static_cast<std::int64_t>(owner), args.reach);
    std::int64_t width[3];
    for (int k = 0; k < 3; ++k) width[k] = range.high[k] - range.low[k] + 1;
    const std::int64_t itself = (-range.low[0] * width[1] - range.low[1]) * width[2] - range.low[2];
    std::int64_t place = at - first[owner];
    if (place >= itself) ++place;
    args.owner[at] = owner;
    args.images[3 * at] = range.low[0] + static_cast<std::int32_t>(place / (width[1] * width[2]));
    args.images[3 * at + 1] = range.low[1] + static_cast<std::int32_t>(place / width[2] % width[1]);
    args.images[3 * at + 2] = range.low[2] + static_cast<std::int32_t>(place % width[2]);
}

GPU_KERNEL gather(GatherAtomsArgs args) {
    const std::int64_t k = item(), g = k - args.n_owned;
    if (g >= args.n_ghosts) return;
    const std::int32_t i = args.order[g < 0 ? k : args.owner[g]];
    args.list_types[k] = args.types[i];
    args.list_ids[k] = args.ids != nullptr ? args.ids[i] : i;
    for (int c = 0; c < 3; ++c) args.list_images[3 * k + c] = g < 0 ? 0 : args.ghost_images[3 * g + c];
}

/// Atoms of negative type get a key behind all others.
GPU_KERNEL key_by_type(GroupByTypeArgs args, std::uint64_t* keys, std::int32_t* atoms) {
    const std::int64_t i = item();
    if (i >= args.n) return;
    keys[i] = static_cast<std::uint64_t>(args.types[i] >= 0 ? args.types[i] : args.n_types);
    atoms[i] = static_cast<std::int32_t>(i);
}

GPU_KERNEL find_types(GroupByTypeArgs args, const std::uint64_t* keys, std::int32_t* first) {
    const std::int64_t t = item();
    if (t <= args.n_types) first[t] = lower_bound(keys, 0, args.n, static_cast<std::uint64_t>(t));
}

}  // namespace

/// The lowest index below n that was reported to answer_[0], -1: none.
std::int32_t ListBuilder::lowest_index(std::int32_t n) {
    std::int64_t rest = 0;
    queue_.to_host(&rest, answer_.data(), sizeof rest);
    return rest > 0 ? static_cast<std::int32_t>(n - rest) : -1;
}

void ListBuilder::check_atoms(CheckAtomsArgs& args) {
    args.bad = -1;
    if (args.n == 0) return;
    queue_.clear(answer_.data(), sizeof(std::int64_t));
    queue_.for_each("find_bad_atoms", args.n, find_bad_atoms, args, reinterpret_cast<std::uint64_t*>(answer_.data()));
    args.bad = lowest_index(args.n);
}

void ListBuilder::wrap(WrapArgs& args) {
    args.too_far = -1;
    if (args.n == 0) return;
    queue_.clear(answer_.data(), sizeof(std::int64_t));
    queue_.for_each("wrap_atoms", args.n, wrap_atoms, args, reinterpret_cast<std::uint64_t*>(answer_.data()));
    args.too_far = lowest_index(args.n);
}

void ListBuilder::sort_by_cell(const SortByCellArgs& args) {
    if (args.n == 0) return;
    grid_.build(args.positions, args.n, args.cell_size);
    queue_.on_device(args.order, grid_.order(), static_cast<std::size_t>(args.n) * sizeof(std::int32_t));
}

void ListBuilder::make_images(MakeImagesArgs& args) {
    args.n_images = 0;
    if (args.n_owned == 0) return;
    image_first_.resize_with_slack(static_cast<std::size_t>(args.n_owned) + 1);
    queue_.for_each("count_images", args.n_owned, count_images, args, image_first_.data());
    scan_.exclusive(image_first_.data(), args.n_owned);
    queue_.to_host(&args.n_images, image_first_.data() + args.n_owned, sizeof args.n_images);
    if (args.n_images <= args.capacity)
        queue_.for_each("list_images", args.n_images, list_images, args, image_first_.data());
}

void ListBuilder::gather_atoms(const GatherAtomsArgs& args) {
    queue_.for_each("gather", static_cast<std::int64_t>(args.n_owned) + args.n_ghosts, gather, args);
}

void ListBuilder::group_by_type(const GroupByTypeArgs& args) {
    const std::int32_t n_bounds = args.n_types + 1;
    std::fill_n(args.type_first, n_bounds, 0);
    if (args.n == 0) return;
    sorter_.resize(args.n);
    queue_.for_each("key_by_type", args.n, key_by_type, args, sorter_.keys(), sorter_.values());
    sorter_.sort(std::bit_width(static_cast<unsigned>(args.n_types)));
    queue_.on_device(args.by_type, sorter_.values(), static_cast<std::size_t>(args.n) * sizeof(std::int32_t));
    type_first_.resize_discard(static_cast<std::size_t>(n_bounds));
    queue_.for_each("find_types", n_bounds, find_types, args, sorter_.keys(), type_first_.data());
    queue_.to_host(args.type_first, type_first_.data(), static_cast<std::size_t>(n_bounds) * sizeof(std::int32_t));
}

}  // namespace dpmd::gpu
