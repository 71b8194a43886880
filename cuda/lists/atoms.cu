// Atoms between the caller's order and the list's, and between owners and their ghosts. The twin of
// cpp/src/cpu/lists/lists.cpp and cpp/src/cpu/lists/ghosts.cpp.
#include "math/fixed_point.hpp"
#include "verbs.hpp"

namespace dpmd::gpu {
namespace {

GPU_KERNEL separate_atoms_kernel(SeparateAtomsArgs args) {
    const std::int64_t k = item();
    if (k >= args.n_owned) return;
    bool is_outer = false;
    for (std::int64_t p = args.first[k]; p < args.first[k + 1]; ++p)
        is_outer = is_outer || args.index[p] >= args.first_remote;
    args.inner[k] = is_outer ? -1 : args.types[k];
    args.outer[k] = is_outer ? args.types[k] : -1;
}

GPU_KERNEL place_atoms_kernel(PlaceAtomsArgs args) {
    const std::int64_t k = item();
    if (k >= args.n) return;
    const std::int32_t* n = args.wrap + 3 * k;
    const double cells[3] = {double(n[0]), double(n[1]), double(n[2])};
    const Vector3 moved = row_times(cells, *args.cell);
    const double* from = args.from + 3 * std::int64_t(args.order[k]);
    for (int c = 0; c < 3; ++c) args.positions[3 * k + c] = from[c] - moved[c];
}

GPU_KERNEL forward_ghosts_kernel(ForwardGhostsArgs args) {
    const std::int64_t g = item();
    if (g >= args.n_ghosts) return;
    const std::int32_t* n = args.images + 3 * g;
    const double image[3] = {double(n[0]), double(n[1]), double(n[2])};
    const Vector3 shift = row_times(image, *args.cell);
    const double* from = args.positions + 3 * std::int64_t(args.owner[g]);
    for (int c = 0; c < 3; ++c) args.ghosts[3 * g + c] = from[c] + shift[c];
}

GPU_KERNEL reverse_ghosts_kernel(ReverseGhostsArgs args) {
    const std::int64_t at = item();
    if (at >= std::int64_t(args.n_ghosts) * args.width) return;
    const std::int64_t g = at / args.width, c = at % args.width;
    atomic_add(args.values + std::int64_t(args.owner[g]) * args.width + c, args.ghosts[at]);
}

GPU_KERNEL return_atoms_kernel(ReturnAtomsArgs args) {
    const std::int64_t at = item();
    if (at >= std::int64_t(args.n) * args.width) return;
    const std::int64_t k = at / args.width, c = at % args.width;
    args.to[std::int64_t(args.order[k]) * args.width + c] =
        args.fixed != nullptr ? from_fixed(args.fixed[at]) : args.from[at];
}

GPU_KERNEL take_atoms_kernel(TakeAtomsArgs args) {
    const std::int64_t at = item();
    if (at >= std::int64_t(args.n) * args.width) return;
    args.to[at] = args.from[std::int64_t(args.order[at / args.width]) * args.width + at % args.width];
}

}  // namespace

void separate_atoms(Queue& queue, const SeparateAtomsArgs& args) {
    queue.for_each("separate_atoms", args.n_owned, &separate_atoms_kernel, args);
}
void place_atoms(Queue& queue, const PlaceAtomsArgs& args) {
    queue.for_each("place_atoms", args.n, &place_atoms_kernel, args);
}
void forward_ghosts(Queue& queue, const ForwardGhostsArgs& args) {
    queue.for_each("forward_ghosts", args.n_ghosts, &forward_ghosts_kernel, args);
}
void reverse_ghosts(Queue& queue, const ReverseGhostsArgs& args) {
    queue.for_each("reverse_ghosts", std::int64_t(args.n_ghosts) * args.width, &reverse_ghosts_kernel, args);
}
void return_atoms(Queue& queue, const ReturnAtomsArgs& args) {
    queue.for_each("return_atoms", std::int64_t(args.n) * args.width, &return_atoms_kernel, args);
}
void take_atoms(Queue& queue, const TakeAtomsArgs& args) {
    queue.for_each("take_atoms", std::int64_t(args.n) * args.width, &take_atoms_kernel, args);
}

}  // namespace dpmd::gpu
