#include "local/se_atten.hpp"

#include <cmath>

#include "local/neighborhood.hpp"
#include "math/harmonics.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

constexpr int rows_per_block = 8;  // one tile of lanes each

template <class Real>
GPU_DEVICE std::int64_t n_rows_of(const SeAttenTileArgs<Real>& args) {
    return args.rows.ranges[2 * args.environment.n_types + 1];
}

/// The neighbour of a row, read again.
template <class Real>
GPU_DEVICE Neighbor neighbor_of(const SeAttenTileArgs<Real>& args, std::int64_t r) {
    const SystemView& system = args.tile.system;
    const std::int32_t atom = args.tile.atoms[args.rows.owner[r]];
    return read_neighbor(system, args.environment, atom, system.first[atom], system.first[atom + 1],
                         args.rows.neighbor[r]);
}

/// The switch and its slope: with respect to the distance, or to s where it is a function of s.
template <class Real>
GPU_DEVICE ValueSlope<double> switch_of(const SeAttenTileArgs<Real>& args, const Neighbor& neighbor,
                                        const EnvironmentRadial<double>& f) {
    if (args.center.has_cubic_switch) {
        const double x = 1 - args.center.cutoff_smooth * f.s;
        return x > 0 ? ValueSlope<double>{1 - x * x * x, 3 * args.center.cutoff_smooth * x * x}
                     : ValueSlope<double>{1.0, 0.0};
    }
    const double reach = neighbor.r + args.environment.protection;
    return {f.s * reach, f.s_slope * reach + f.s};
}

/// One thread per row.
template <class Real>
GPU_KERNEL prepare_rows_kernel(SeAttenTileArgs<Real> args) {
    const std::int64_t r = item(), most = args.rows.most;
    if (r >= n_rows_of(args)) return;
    const SeAttenCenter<Real>& center = args.center;
    const Neighbor neighbor = neighbor_of(args, r);
    const EnvironmentRadial<double> f = radial_of(args.environment, neighbor);
    args.weight[r] = static_cast<Real>(switch_of(args, neighbor, f).value);
    args.d_weight[r] = Real(0);
    Real square(0);
    for (int b = 0; b < 3; ++b)
        square += args.rows.components[(1 + b) * most + r] * args.rows.components[(1 + b) * most + r];
    const Real length = static_cast<Real>(::sqrt(square)), floor = center.norm_floor;
    const Real inverse = length > floor ? Real(1) / length : (floor > Real(0) ? Real(1) / floor : Real(0));
    args.inverse_length[r] = inverse;
    for (int b = 0; b < 3; ++b) {
        args.direction[b * most + r] = args.rows.components[(1 + b) * most + r] * inverse;
        args.d_direction[b * most + r] = Real(0);
    }
    if (center.lmax > 1) {
        PolynomialGradient<double> at[n_harmonics(4)];
        const double inward = 1 / (neighbor.r + args.environment.protection);
        harmonics<double>(center.lmax, neighbor.d[0] * inward, neighbor.d[1] * inward, neighbor.d[2] * inward, at);
        const double radial = f.s * args.environment.inverse_scale[0];
        for (int k = 0; k < n_harmonics(center.lmax); ++k)
            args.harmonics[k * most + r] = static_cast<Real>(radial * at[k].value);
    }
    if (center.is_strip) return;
    Real* x = args.x + r * args.x_stride;
    int n = 0;
    x[n++] = args.rows.components[r];
    const int types[2] = {neighbor.type, center.type};
    for (int k = 0; k < (center.is_one_side ? 1 : 2); ++k)
        for (int c = 0; c < center.type_width; ++c) x[n++] = center.type_embedding[types[k] * center.type_width + c];
    while (n < args.x_stride) x[n++] = Real(0);
}

/// What the types multiply a row's channels by.
template <class Real>
GPU_DEVICE Real factor_of(const SeAttenTileArgs<Real>& args, std::int64_t r, int type, int channel) {
    const Real w = args.center.is_smooth ? args.weight[r] : Real(1);
    return Real(1) + args.center.factors[type * args.center.stride + channel] * w;
}

template <class Real>
GPU_DEVICE int type_of_row(const SeAttenTileArgs<Real>& args, std::int64_t r) {
    const SystemView& system = args.tile.system;
    const std::int32_t atom = args.tile.atoms[args.rows.owner[r]];
    return system.types[system.index[system.first[atom] + args.rows.neighbor[r]]];
}

/// One thread per (row, channel).
template <class Real>
GPU_KERNEL apply_factors_kernel(SeAttenTileArgs<Real> args) {
    const std::int64_t at = item(), r = at / args.center.stride;
    if (r >= n_rows_of(args)) return;
    args.g[at] = args.plain[at] * factor_of(args, r, type_of_row(args, r), static_cast<int>(at % args.center.stride));
}

/// One tile of lanes per row.
template <class Real>
GPU_KERNEL factors_backward_kernel(SeAttenTileArgs<Real> args) {
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile();
    if (r >= n_rows_of(args)) return;
    const int stride = args.center.stride, type = type_of_row(args, r);
    Real sum(0);
    for (int c = lane(); c < args.center.n_channels; c += tile_lanes) {
        Real& d = args.dg[r * stride + c];
        sum += d * args.plain[r * stride + c] * args.center.factors[type * stride + c];
        d *= factor_of(args, r, type, c);
    }
    sum = tile_sum(sum);
    if (lane() == 0 && args.center.is_smooth) args.d_weight[r] += sum;
}

/// Component k of the moment rows of row r.
template <class Real>
GPU_DEVICE Real moment_row(const SeAttenTileArgs<Real>& args, std::int64_t r, int k) {
    return k < 4 ? args.rows.components[k * args.rows.most + r] : args.harmonics[(k - 4) * args.rows.most + r];
}

DPMD_HD constexpr int moment_rows(int lmax) { return (lmax + 1) * (lmax + 1); }

template <class Real>
GPU_DEVICE Real gain_of(const SeAttenCenter<Real>& center, int k) {
    return center.gain[k < 4 ? 0 : k < 9 ? 1 : k < 16 ? 2 : 3];
}

/// One thread per (atom, moment row, channel); empty slots and excluded neighbours as constants.
template <class Real>
GPU_KERNEL sum_moments_kernel(SeAttenTileArgs<Real> args) {
    const SeAttenCenter<Real>& center = args.center;
    const int n = moment_rows(center.lmax), n_types = args.environment.n_types, n_atoms = args.tile.n_atoms;
    const std::int64_t at = item();
    const int a = static_cast<int>(at / (n * center.stride)), channel = static_cast<int>(at % center.stride);
    const int k = static_cast<int>(at / center.stride % n);
    if (a >= n_atoms) return;
    Real sum(0);
    const std::int32_t begin = args.rows.first[a * n_types], end = args.rows.first[(a + 1) * n_types];
    for (std::int32_t r = begin; r < end; ++r)
        sum += moment_row(args, r, k) * args.g[std::int64_t(r) * center.stride + channel];
    for (int t = 0; t < n_types && k < 4; ++t) {
        const int place = args.rows.place(t, a, n_atoms, n_types);
        if (center.empty_slot != nullptr && k == 0 && (center.slots_by_type || t == 0) && args.rows.n_empty[place] > 0)
            sum += static_cast<Real>(args.rows.n_empty[place]) *
                   center.empty_slot[(center.slots_by_type ? t * center.stride : 0) + channel];
        if (center.excluded_row != nullptr)
            sum += static_cast<Real>(args.rows.n_rowless[place]) *
                   center.excluded_row[(t * 4 + k) * center.stride + channel];
    }
    args.moments[at] = sum * static_cast<Real>(args.environment.inverse_normalization);
}

/// One thread per input of the fitting net: D_mx = sum_k gain_k A_km A_kx with x below the axis neurons, then the type
/// embedding, then parameters.
template <class Real>
GPU_KERNEL atten_features_kernel(SeAttenTileArgs<Real> args) {
    const SeAttenCenter<Real>& center = args.center;
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.input.width), f = static_cast<int>(at % args.input.width);
    if (a >= args.tile.n_atoms) return;
    const int n = moment_rows(center.lmax), n_products = center.n_channels * center.n_axis;
    Real value(0);
    if (f < n_products) {
        const Real* m = args.moments + std::int64_t(a) * n * center.stride;
        for (int k = 0; k < n; ++k)
            value += m[k * center.stride + f / center.n_axis] * m[k * center.stride + f % center.n_axis] *
                     gain_of(center, k);
    } else if (f < args.input.n_features) {
        value = center.type_embedding[center.type * center.type_width + f - n_products];
    } else {
        value = behind_features(args.input, args.tile.system.aparam, args.tile.atoms[a], f);
    }
    args.input.values[std::int64_t(a) * args.input.stride + f] = value;
}

/// One thread per (atom, moment row, channel).
template <class Real>
GPU_KERNEL atten_moments_gradient_kernel(SeAttenTileArgs<Real> args) {
    const SeAttenCenter<Real>& center = args.center;
    const int n = moment_rows(center.lmax);
    const std::int64_t at = item();
    const int a = static_cast<int>(at / (n * center.stride)), channel = static_cast<int>(at % center.stride);
    const int k = static_cast<int>(at / center.stride % n);
    if (a >= args.tile.n_atoms) return;
    const Real* m = args.moments + (std::int64_t(a) * n + k) * center.stride;
    const Real* d = args.input.gradient + std::int64_t(a) * args.input.stride;
    Real sum(0);
    if (channel < center.n_channels)
        for (int x = 0; x < center.n_axis; ++x) sum += d[channel * center.n_axis + x] * m[x];
    if (channel < center.n_axis)
        for (int q = 0; q < center.n_channels; ++q) sum += d[q * center.n_axis + channel] * m[q];
    args.d_moments[at] = sum * gain_of(center, k) * static_cast<Real>(args.environment.inverse_normalization);
}

/// One thread per (row, channel).
template <class Real>
GPU_KERNEL atten_channel_gradient_kernel(SeAttenTileArgs<Real> args) {
    const SeAttenCenter<Real>& center = args.center;
    const std::int64_t at = item(), r = at / center.stride;
    const int channel = static_cast<int>(at % center.stride), n = moment_rows(center.lmax);
    if (r >= n_rows_of(args)) return;
    const Real* d = args.d_moments + std::int64_t(args.rows.owner[r]) * n * center.stride;
    Real sum(0);
    for (int k = 0; k < n; ++k) sum += moment_row(args, r, k) * d[k * center.stride + channel];
    args.dg[at] = channel < center.n_channels ? sum : Real(0);
}

/// One tile of lanes per row.
template <class Real>
GPU_KERNEL atten_row_gradient_kernel(SeAttenTileArgs<Real> args) {
    const SeAttenCenter<Real>& center = args.center;
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile(), most = args.rows.most;
    if (r >= n_rows_of(args)) return;
    const int n = moment_rows(center.lmax);
    const Real* d = args.d_moments + std::int64_t(args.rows.owner[r]) * n * center.stride;
    const Real* g = args.g + r * center.stride;
    for (int k = 0; k < n; ++k) {
        Real sum(0);
        for (int channel = lane(); channel < center.n_channels; channel += tile_lanes)
            sum += g[channel] * d[k * center.stride + channel];
        sum = tile_sum(sum);
        if (lane() != 0) continue;
        if (k < 4) args.row_gradient[k * most + r] = sum;
        else args.d_harmonics[(k - 4) * most + r] = sum;
    }
}

/// One thread per row.
template <class Real>
GPU_KERNEL finish_rows_kernel(SeAttenTileArgs<Real> args) {
    const std::int64_t r = item(), most = args.rows.most;
    if (r >= n_rows_of(args)) return;
    const SeAttenCenter<Real>& center = args.center;
    const Neighbor neighbor = neighbor_of(args, r);
    const EnvironmentRadial<double> f = radial_of(args.environment, neighbor);
    double difference[3] = {};
    const double slope = static_cast<double>(args.d_weight[r]) * switch_of(args, neighbor, f).slope;
    if (center.has_cubic_switch) args.row_gradient[r] += static_cast<Real>(slope / args.environment.inverse_scale[0]);
    else
        for (int b = 0; b < 3; ++b) difference[b] += slope / neighbor.r * neighbor.d[b];

    const Real inverse = args.inverse_length[r];
    Real along(0);
    if (!(inverse * center.norm_floor >= Real(1)))
        for (int b = 0; b < 3; ++b) along += args.direction[b * most + r] * args.d_direction[b * most + r];
    for (int b = 0; b < 3; ++b)
        args.row_gradient[(1 + b) * most + r] +=
            (args.d_direction[b * most + r] - along * args.direction[b * most + r]) * inverse;

    if (center.lmax > 1) {
        PolynomialGradient<double> at[n_harmonics(4)];
        const double inward = 1 / (neighbor.r + args.environment.protection);
        harmonics<double>(center.lmax, neighbor.d[0] * inward, neighbor.d[1] * inward, neighbor.d[2] * inward, at);
        const double radial = f.s * args.environment.inverse_scale[0],
                     radial_slope = f.s_slope * args.environment.inverse_scale[0];
        double of_radial = 0, d[3] = {};  // of the radial part; of the vector d/(r + p)
        for (int k = 0; k < n_harmonics(center.lmax); ++k) {
            const double g = static_cast<double>(args.d_harmonics[k * most + r]);
            of_radial += g * at[k].value;
            d[0] += g * radial * at[k].x;
            d[1] += g * radial * at[k].y;
            d[2] += g * radial * at[k].z;
        }
        double inside = 0;  // of the length in d/(r + p)
        for (int b = 0; b < 3; ++b) inside += d[b] * neighbor.d[b];
        const double over_r = (of_radial * radial_slope - inside * inward * inward) / neighbor.r;
        for (int b = 0; b < 3; ++b) difference[b] += d[b] * inward + over_r * neighbor.d[b];
    }
    for (int b = 0; b < 3; ++b) args.difference[b * most + r] = difference[b];
}

template <class Real>
void on_rows(Queue& queue, const char* name, void (*kernel)(SeAttenTileArgs<Real>), const SeAttenTileArgs<Real>& args) {
    const std::int64_t blocks = (args.rows.most + rows_per_block - 1) / rows_per_block;
    queue.launch(name, kernel, Grid{static_cast<unsigned>(blocks)}, rows_per_block * tile_lanes, 0, args);
}

}  // namespace

template <class Real>
void se_atten_prepare_rows(Queue& queue, const SeAttenTileArgs<Real>& args) {
    queue.for_each("prepare_rows", args.rows.most, &prepare_rows_kernel<Real>, args);
}

template <class Real>
void se_atten_apply_factors(Queue& queue, const SeAttenTileArgs<Real>& args) {
    queue.for_each("apply_factors", args.rows.most * args.center.stride, &apply_factors_kernel<Real>, args);
}

template <class Real>
void se_atten_forward(Queue& queue, const SeAttenTileArgs<Real>& args) {
    const std::int64_t n_atoms = args.tile.n_atoms;
    queue.for_each("sum_moments", n_atoms * moment_rows(args.center.lmax) * args.center.stride,
                   &sum_moments_kernel<Real>, args);
    queue.for_each("atten_features", n_atoms * args.input.width, &atten_features_kernel<Real>, args);
}

template <class Real>
void se_atten_backward(Queue& queue, const SeAttenTileArgs<Real>& args) {
    queue.for_each("atten_moments_gradient",
                   std::int64_t(args.tile.n_atoms) * moment_rows(args.center.lmax) * args.center.stride,
                   &atten_moments_gradient_kernel<Real>, args);
    queue.for_each("atten_channel_gradient", args.rows.most * args.center.stride, &atten_channel_gradient_kernel<Real>,
                   args);
    on_rows(queue, "atten_row_gradient", &atten_row_gradient_kernel<Real>, args);
}

template <class Real>
void se_atten_factors_backward(Queue& queue, const SeAttenTileArgs<Real>& args) {
    on_rows(queue, "factors_backward", &factors_backward_kernel<Real>, args);
}

template <class Real>
void se_atten_finish_rows(Queue& queue, const SeAttenTileArgs<Real>& args) {
    queue.for_each("finish_rows", args.rows.most, &finish_rows_kernel<Real>, args);
}

#define DPMD_INSTANTIATE(Real)                                                     \
    template void se_atten_prepare_rows(Queue&, const SeAttenTileArgs<Real>&);     \
    template void se_atten_apply_factors(Queue&, const SeAttenTileArgs<Real>&);    \
    template void se_atten_forward(Queue&, const SeAttenTileArgs<Real>&);          \
    template void se_atten_backward(Queue&, const SeAttenTileArgs<Real>&);         \
    template void se_atten_factors_backward(Queue&, const SeAttenTileArgs<Real>&); \
    template void se_atten_finish_rows(Queue&, const SeAttenTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
