// The verbs for building a neighbour list on the GPU: checks, wrapping, images, and the order of the list.
#include <algorithm>
#include <bit>

#include "backend/items/listing.hpp"
#include "items.hpp"
#include "lists/list_builder.hpp"

namespace dpmd::gpu {
namespace {

GPU_KERNEL count_images(MakeImagesArgs args, std::int64_t* counts) {
    const std::int64_t i = item();
    if (i < args.n_owned) counts[i] = AtomImages(args).range(i).count();
}

/// One thread for each image.
GPU_KERNEL list_images(MakeImagesArgs args, const std::int64_t* first) {
    const std::int64_t at = item();
    if (at >= args.n_images) return;
    const std::int64_t owner = lower_bound(first, 0, args.n_owned + 1, at + 1) - 1;
    const AtomImages images(args);
    images.put(owner, images.range(owner), at - first[owner], at);
}

/// Atoms of negative type get a key after all others.
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

void ListBuilder::check_atoms(CheckAtomsArgs& args) {
    args.bad =
        first_failure<CheckAtom>(queue_, "check_atoms", args.n, args, reinterpret_cast<std::uint64_t*>(answer_.data()));
}

void ListBuilder::wrap(WrapArgs& args) {
    args.too_far =
        first_failure<WrapAtom>(queue_, "wrap", args.n, args, reinterpret_cast<std::uint64_t*>(answer_.data()));
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
    for_each_item<GatherAtom>(queue_, "gather_atoms", std::int64_t(args.n_owned) + args.n_ghosts, args);
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
