#include "lists/atoms.hpp"

#include "backend/items/listing.hpp"
#include "backend/items/placement.hpp"
#include "items.hpp"

namespace dpmd::gpu {
namespace {

/// One thread for each value of each ghost; several ghosts may belong to one owner.
GPU_KERNEL add_to_owners(ReverseGhostsArgs args) {
    const std::int64_t at = item();
    if (at >= std::int64_t(args.n_ghosts) * args.width) return;
    const std::int64_t g = at / args.width, c = at % args.width;
    atomic_add(args.values + std::int64_t(args.owner[g]) * args.width + c, args.ghosts[at]);
}

}  // namespace

void separate_atoms(Queue& queue, const SeparateAtomsArgs& args) {
    for_each_item<SeparateAtom>(queue, "separate_atoms", args.n_owned, args);
}
void place_atoms(Queue& queue, const PlaceAtomsArgs& args) {
    for_each_item<PlaceAtom>(queue, "place_atoms", args.n, args);
}
void forward_ghosts(Queue& queue, const ForwardGhostsArgs& args) {
    for_each_item<ForwardGhost>(queue, "forward_ghosts", args.n_ghosts, args);
}
void reverse_ghosts(Queue& queue, const ReverseGhostsArgs& args) {
    queue.for_each("reverse_ghosts", std::int64_t(args.n_ghosts) * args.width, &add_to_owners, args);
}
void return_atoms(Queue& queue, const ReturnAtomsArgs& args) {
    for_each_value<ReturnValue>(queue, "return_atoms", args.n, args);
}
void take_atoms(Queue& queue, const TakeAtomsArgs& args) {
    for_each_value<TakeValue>(queue, "take_atoms", args.n, args);
}

}  // namespace dpmd::gpu
