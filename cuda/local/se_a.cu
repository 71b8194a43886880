#include "local/se_a.hpp"

namespace dpmd::gpu {
namespace {

/// One thread per (atom, channel): moments (1/N) sum_j R_j (x) G_j, empty slots as a constant per slot.
template <class Real>
GPU_KERNEL row_moments_kernel(SeATileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.stride), channel = static_cast<int>(at % args.stride);
    if (a >= args.tile.n_atoms) return;
    Real sum[4] = {};
    for (int t = 0; t < args.environment.n_types; ++t) {
        const int k = t * args.tile.n_atoms + a;
        for (std::int32_t r = args.rows.first[k]; r < args.rows.first[k + 1]; ++r) {
            const Real g = args.g[std::int64_t(r) * args.stride + channel];
            for (int c = 0; c < 4; ++c) sum[c] += args.rows.components[c * args.rows.most + r] * g;
        }
        const Real* padding = args.padding + std::int64_t(t) * 4 * args.stride;
        if (args.environment.sections[t].has_padding && args.rows.n_empty[k] > 0)
            for (int c = 0; c < 4; ++c)
                sum[c] += static_cast<Real>(args.rows.n_empty[k]) * padding[c * args.stride + channel];
    }
    for (int c = 0; c < 4; ++c)
        args.moments[(std::int64_t(a) * 4 + c) * args.stride + channel] =
            sum[c] * static_cast<Real>(args.environment.inverse_normalization);
}

/// One thread per input of the fitting net: D_mx = sum_c A_cm A_cx with x below the axis neurons, then parameters.
template <class Real>
GPU_KERNEL descriptor_kernel(SeATileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.input.width), f = static_cast<int>(at % args.input.width);
    if (a >= args.tile.n_atoms) return;
    Real value(0);
    if (f < args.input.n_features) {
        const Real* m = args.moments + std::int64_t(a) * 4 * args.stride;
        for (int c = 0; c < 4; ++c)
            value += m[c * args.stride + f / args.n_axis] * m[c * args.stride + f % args.n_axis];
    } else {
        value = behind_features(args.input, args.tile.system.aparam, args.tile.atoms[a], f);
    }
    args.input.values[std::int64_t(a) * args.input.stride + f] = value;
}

/// One thread per (atom, channel).
template <class Real>
GPU_KERNEL moments_gradient_kernel(SeATileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.stride), channel = static_cast<int>(at % args.stride);
    if (a >= args.tile.n_atoms) return;
    const Real* m = args.moments + std::int64_t(a) * 4 * args.stride;
    const Real* d = args.input.gradient + std::int64_t(a) * args.input.stride;
    Real sum[4] = {};
    if (channel < args.n_channels)
        for (int x = 0; x < args.n_axis; ++x)
            for (int c = 0; c < 4; ++c) sum[c] += d[channel * args.n_axis + x] * m[c * args.stride + x];
    if (channel < args.n_axis)
        for (int q = 0; q < args.n_channels; ++q)
            for (int c = 0; c < 4; ++c) sum[c] += d[q * args.n_axis + channel] * m[c * args.stride + q];
    for (int c = 0; c < 4; ++c)
        args.d_moments[(std::int64_t(a) * 4 + c) * args.stride + channel] =
            sum[c] * static_cast<Real>(args.environment.inverse_normalization);
}

/// One thread per (row, channel).
template <class Real>
GPU_KERNEL embedding_gradient_kernel(SeATileArgs<Real> args) {
    const std::int64_t at = item(), r = at / args.stride;
    const int channel = static_cast<int>(at % args.stride);
    if (r >= args.rows.ranges[2 * args.environment.n_types + 1]) return;
    const Real* d = args.d_moments + std::int64_t(args.rows.owner[r]) * 4 * args.stride;
    Real sum(0);
    for (int c = 0; c < 4; ++c) sum += args.rows.components[c * args.rows.most + r] * d[c * args.stride + channel];
    args.dg[at] = sum;
}

/// One thread per row.
template <class Real>
GPU_KERNEL row_gradient_kernel(SeATileArgs<Real> args) {
    const std::int64_t r = item();
    if (r >= args.rows.ranges[2 * args.environment.n_types + 1]) return;
    const Real* d = args.d_moments + std::int64_t(args.rows.owner[r]) * 4 * args.stride;
    const Real* g = args.g + r * args.stride;
    Real sum[4] = {};
    for (int channel = 0; channel < args.n_channels; ++channel)
        for (int c = 0; c < 4; ++c) sum[c] += g[channel] * d[c * args.stride + channel];
    for (int c = 0; c < 4; ++c) args.row_gradient[c * args.rows.most + r] = sum[c];
}

}  // namespace

template <class Real>
void se_a_forward(Queue& queue, const SeATileArgs<Real>& args) {
    const std::int64_t n_atoms = args.tile.n_atoms;
    queue.for_each("row_moments", n_atoms * args.stride, &row_moments_kernel<Real>, args);
    queue.for_each("descriptor", n_atoms * args.input.width, &descriptor_kernel<Real>, args);
}

template <class Real>
void se_a_backward(Queue& queue, const SeATileArgs<Real>& args) {
    const std::int64_t n_atoms = args.tile.n_atoms, most_rows = args.rows.most;
    queue.for_each("moments_gradient", n_atoms * args.stride, &moments_gradient_kernel<Real>, args);
    queue.for_each("embedding_gradient", most_rows * args.stride, &embedding_gradient_kernel<Real>, args);
    queue.for_each("row_gradient", most_rows, &row_gradient_kernel<Real>, args);
}

#define DPMD_INSTANTIATE(Real)                                    \
    template void se_a_forward(Queue&, const SeATileArgs<Real>&); \
    template void se_a_backward(Queue&, const SeATileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
