#include "local/se_r.hpp"

namespace dpmd::gpu {
namespace {

/// One thread per input of the fitting net: D_c = (1/5) (1/N) sum_j G_c, or a parameter.
template <class Real>
GPU_KERNEL radial_descriptor_kernel(SeRTileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.input.width), f = static_cast<int>(at % args.input.width);
    if (a >= args.tile.n_atoms) return;
    if (f >= args.input.n_features) {
        args.input.values[std::int64_t(a) * args.input.stride + f] =
            behind_features(args.input, args.tile.system.aparam, args.tile.atoms[a], f);
        return;
    }
    Real sum(0);
    for (int t = 0; t < args.environment.n_types; ++t) {
        const int k = t * args.tile.n_atoms + a, n_empty = args.rows.n_empty[k];
        for (std::int32_t r = args.rows.first[k]; r < args.rows.first[k + 1]; ++r)
            sum += args.g[std::int64_t(r) * args.stride + f];
        sum += sum_of_slots(args.slots, t * args.stride + f, n_empty, args.environment.sections[t].sel - n_empty);
    }
    args.input.values[std::int64_t(a) * args.input.stride + f] = sum * args.factor;
}

/// One thread per (row, channel).
template <class Real>
GPU_KERNEL radial_gradient_kernel(SeRTileArgs<Real> args) {
    const std::int64_t at = item(), r = at / args.stride;
    const int channel = static_cast<int>(at % args.stride);
    if (r >= args.rows.ranges[2 * args.environment.n_types + 1]) return;
    const Real* d = args.input.gradient + std::int64_t(args.rows.owner[r]) * args.input.stride;
    args.dg[at] = channel < args.input.n_features ? d[channel] * args.factor : Real(0);
}

}  // namespace

template <class Real>
void se_r_forward(Queue& queue, const SeRTileArgs<Real>& args) {
    queue.for_each("radial_descriptor", std::int64_t(args.tile.n_atoms) * args.input.width,
                   &radial_descriptor_kernel<Real>, args);
}

template <class Real>
void se_r_backward(Queue& queue, const SeRTileArgs<Real>& args) {
    queue.for_each("radial_gradient", args.rows.most * args.stride, &radial_gradient_kernel<Real>, args);
}

#define DPMD_INSTANTIATE(Real)                                    \
    template void se_r_forward(Queue&, const SeRTileArgs<Real>&); \
    template void se_r_backward(Queue&, const SeRTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
