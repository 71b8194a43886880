#include "local/exact_tile.hpp"
#include "local/parameters.hpp"

namespace dpmd::gpu {
namespace {

constexpr int tiles_per_block = 4, scan_threads = 256;

/// One tile of lanes per atom.
template <class Real>
GPU_KERNEL count_rows_kernel(ExactTileArgs<Real> args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.center.n_types;
    SharedMemory shared;
    std::int32_t* counts = shared.take<std::int32_t>(tiles * n_types) + tile() * n_types;
    const int a = block_index() * tiles + tile();
    if (a >= args.n_atoms) return;
    const SystemView& system = args.system;
    const std::int32_t atom = args.atoms[a];
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    for (int t = lane(); t < n_types; t += tile_lanes) counts[t] = 0;
    sync_tile();
    for (int place = 0; first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_neighbor(system, args.center, atom, first, last, place + lane());
        if (neighbor.inside && neighbor.r == 0)
            atomic_min(&system.totals->fault,
                       fault_key(atom, EvaluateFault::coincident_atoms, neighbor.type, neighbor.place));
        count_types(neighbor.inside, neighbor.type, counts);
    }
    sync_tile();
    for (int t = lane(); t < n_types; t += tile_lanes) {
        const SectionView<Real>& section = args.center.sections[t];
        const int n_empty = section.sel - counts[t];
        if (n_empty < 0 && section.is_neighbor)
            atomic_min(&system.totals->fault, fault_key(atom, EvaluateFault::too_many_neighbors, t, counts[t]));
        args.n_empty[t * args.n_atoms + a] = n_empty;
        // an evaluation that fails must not write past the rows there are
        args.counts[t * args.n_atoms + a] = section.is_embedded && n_empty >= 0 ? counts[t] : 0;
    }
}

/// One block: exclusive sums of the counts.
template <class Real>
GPU_KERNEL scan_rows_kernel(ExactTileArgs<Real> args) {
    SharedMemory shared;
    std::int32_t* sums = shared.take<std::int32_t>(scan_threads);
    const int n = args.center.n_types * args.n_atoms, share = (n + scan_threads - 1) / scan_threads;
    const int begin = thread_index() * share < n ? thread_index() * share : n;
    const int end = begin + share < n ? begin + share : n;
    std::int32_t sum = 0;
    for (int k = begin; k < end; ++k) sum += args.counts[k];
    sums[thread_index()] = sum;
    sync_block();
    if (thread_index() == 0)
        for (int k = 0, total = 0; k < scan_threads; ++k) {
            const int here = sums[k];
            sums[k] = total;
            total += here;
        }
    sync_block();
    sum = sums[thread_index()];
    for (int k = begin; k < end; ++k) {
        args.first[k] = sum;
        sum += args.counts[k];
        if (k == n - 1) args.first[n] = sum;
    }
    sync_block();
    for (int t = thread_index(); t <= args.center.n_types; t += scan_threads) {
        args.ranges[2 * t] = t < args.center.n_types ? args.first[t * args.n_atoms] : 0;
        args.ranges[2 * t + 1] = t < args.center.n_types ? args.first[(t + 1) * args.n_atoms] : args.first[n];
    }
}

/// One tile of lanes per atom; rows keep the order of the list inside a type.
template <class Real>
GPU_KERNEL fill_rows_kernel(ExactTileArgs<Real> args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.center.n_types;
    SharedMemory shared;
    std::int32_t* next = shared.take<std::int32_t>(tiles * n_types) + tile() * n_types;
    const int a = block_index() * tiles + tile();
    if (a >= args.n_atoms) return;
    const SystemView& system = args.system;
    const std::int32_t atom = args.atoms[a];
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    for (int t = lane(); t < n_types; t += tile_lanes)
        next[t] = args.counts[t * args.n_atoms + a] > 0 ? args.first[t * args.n_atoms + a] : -1;
    sync_tile();
    for (int place = 0; first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_neighbor(system, args.center, atom, first, last, place + lane());
        std::uint32_t left = ballot(neighbor.inside);
        std::int32_t row = -1;
        while (left != 0) {
            const int t = shuffle(neighbor.type, lowest_bit(left));
            const std::uint32_t same = ballot(neighbor.inside && neighbor.type == t);
            const std::int32_t start = next[t];
            const std::uint32_t before = same & ((std::uint32_t(1) << lane()) - 1);
            if (neighbor.inside && neighbor.type == t && start >= 0) row = start + count_bits(before);
            sync_tile();
            if (lane() == 0 && start >= 0) next[t] = start + count_bits(same);
            sync_tile();
            left &= ~same;
        }
        if (row < 0) continue;
        Real values[4];
        environment_row(args.center, neighbor,
                        environment_radial<double>(neighbor.r, args.center.range, args.center.protection), values);
        args.neighbor[row] = neighbor.place;
        args.owner[row] = a;
        for (int k = 0; k < 4; ++k) args.rows[k * args.most_rows + row] = values[k];
    }
}

/// One thread per (atom, channel): moments (1/N) sum_j R_j (x) G_j, empty slots as a constant per slot.
template <class Real>
GPU_KERNEL row_moments_kernel(ExactTileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.stride), channel = static_cast<int>(at % args.stride);
    if (a >= args.n_atoms) return;
    Real sum[4] = {};
    for (int t = 0; t < args.center.n_types; ++t) {
        const int k = t * args.n_atoms + a;
        for (std::int32_t r = args.first[k]; r < args.first[k + 1]; ++r) {
            const Real g = args.g[std::int64_t(r) * args.stride + channel];
            for (int c = 0; c < 4; ++c) sum[c] += args.rows[c * args.most_rows + r] * g;
        }
        const Real* padding = args.center.sections[t].padding;
        if (padding != nullptr && args.n_empty[k] > 0)
            for (int c = 0; c < 4; ++c)
                sum[c] += static_cast<Real>(args.n_empty[k]) * padding[c * args.stride + channel];
    }
    for (int c = 0; c < 4; ++c)
        args.moments[(std::int64_t(a) * 4 + c) * args.stride + channel] =
            sum[c] * static_cast<Real>(args.center.inverse_normalization);
}

/// One thread per input of the fitting net: D_mx = sum_c A_cm A_cx with x below the axis neurons, then parameters.
template <class Real>
GPU_KERNEL descriptor_kernel(ExactTileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.input_stride), f = static_cast<int>(at % args.input_stride);
    if (a >= args.n_atoms) return;
    const int n_descriptor = args.n_channels * args.n_axis;
    Real value(0);
    if (f < n_descriptor) {
        const Real* m = args.moments + std::int64_t(a) * 4 * args.stride;
        for (int c = 0; c < 4; ++c)
            value += m[c * args.stride + f / args.n_axis] * m[c * args.stride + f % args.n_axis];
    } else if (f < n_descriptor + args.parameters.count()) {
        value = static_cast<Real>(parameter(args.parameters, args.system.aparam, args.atoms[a], f - n_descriptor));
    }
    args.input[at] = value;
}

/// One thread per (atom, channel).
template <class Real>
GPU_KERNEL moments_gradient_kernel(ExactTileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.stride), channel = static_cast<int>(at % args.stride);
    if (a >= args.n_atoms) return;
    const Real* m = args.moments + std::int64_t(a) * 4 * args.stride;
    const Real* d = args.gradient + std::int64_t(a) * args.input_stride;
    Real sum[4] = {};
    if (channel < args.n_channels)
        for (int x = 0; x < args.n_axis; ++x)
            for (int c = 0; c < 4; ++c) sum[c] += d[channel * args.n_axis + x] * m[c * args.stride + x];
    if (channel < args.n_axis)
        for (int q = 0; q < args.n_channels; ++q)
            for (int c = 0; c < 4; ++c) sum[c] += d[q * args.n_axis + channel] * m[c * args.stride + q];
    for (int c = 0; c < 4; ++c)
        args.d_moments[(std::int64_t(a) * 4 + c) * args.stride + channel] =
            sum[c] * static_cast<Real>(args.center.inverse_normalization);
}

/// One thread per (row, channel).
template <class Real>
GPU_KERNEL embedding_gradient_kernel(ExactTileArgs<Real> args) {
    const std::int64_t at = item(), r = at / args.stride;
    const int channel = static_cast<int>(at % args.stride);
    if (r >= args.ranges[2 * args.center.n_types + 1]) return;
    const Real* d = args.d_moments + std::int64_t(args.owner[r]) * 4 * args.stride;
    Real sum(0);
    for (int c = 0; c < 4; ++c) sum += args.rows[c * args.most_rows + r] * d[c * args.stride + channel];
    args.dg[at] = sum;
}

/// One thread per row.
template <class Real>
GPU_KERNEL row_gradient_kernel(ExactTileArgs<Real> args) {
    const std::int64_t r = item();
    if (r >= args.ranges[2 * args.center.n_types + 1]) return;
    const Real* d = args.d_moments + std::int64_t(args.owner[r]) * 4 * args.stride;
    const Real* g = args.g + r * args.stride;
    Real sum[4] = {};
    for (int channel = 0; channel < args.n_channels; ++channel)
        for (int c = 0; c < 4; ++c) sum[c] += g[channel] * d[c * args.stride + channel];
    for (int c = 0; c < 4; ++c) args.row_gradient[c * args.most_rows + r] = sum[c];
}

/// One tile of lanes per atom.
template <class Real>
GPU_KERNEL scatter_rows_kernel(ExactTileArgs<Real> args) {
    const int tiles = block_threads() / tile_lanes;
    const SystemView& system = args.system;
    SharedMemory shared;
    BlockVirial block_virial(shared);
    const int a = block_index() * tiles + tile();
    if (a < args.n_atoms) {
        const std::int32_t atom = args.atoms[a];
        const std::int64_t first = system.first[atom], last = system.first[atom + 1];
        std::int64_t own[3] = {};
        double virial[9] = {};
        for (int t = 0; t < args.center.n_types; ++t)
            for (std::int32_t r = args.first[t * args.n_atoms + a] + lane(); r < args.first[t * args.n_atoms + a + 1];
                 r += tile_lanes) {
                const Neighbor neighbor = read_neighbor(system, args.center, atom, first, last, args.neighbor[r]);
                const EnvironmentRadial<double> f =
                    environment_radial<double>(neighbor.r, args.center.range, args.center.protection);
                Real gradient[4];
                for (int k = 0; k < 4; ++k) gradient[k] = args.row_gradient[k * args.most_rows + r];
                gradient[0] += args.ds[r];
                double g[3];
                if (!pair_gradient(args.center, neighbor, f, gradient, g))
                    atomic_min(&system.totals->fault,
                               fault_key(atom, EvaluateFault::force_too_large, neighbor.type, neighbor.place));
                add_pair(system, neighbor, g, own, virial);
            }
        sync_tile();
        add_own(system, atom, own, virial, block_virial);
    }
    block_virial.finish(system.totals);
}

Grid grid_of_atoms(std::int32_t n) { return {static_cast<unsigned>((n + tiles_per_block - 1) / tiles_per_block)}; }

}  // namespace

template <class Real>
void pack_rows(Queue& queue, const ExactTileArgs<Real>& args) {
    const int threads = tiles_per_block * tile_lanes;
    const std::size_t bytes = shared_piece<std::int32_t>(std::size_t(tiles_per_block * args.center.n_types));
    queue.launch("count_rows", &count_rows_kernel<Real>, grid_of_atoms(args.n_atoms), threads, bytes, args);
    queue.launch("scan_rows", &scan_rows_kernel<Real>, Grid{1}, scan_threads, shared_piece<std::int32_t>(scan_threads),
                 args);
    queue.launch("fill_rows", &fill_rows_kernel<Real>, grid_of_atoms(args.n_atoms), threads, bytes, args);
}

template <class Real>
void descriptor_forward(Queue& queue, const ExactTileArgs<Real>& args) {
    queue.for_each("row_moments", std::int64_t(args.n_atoms) * args.stride, &row_moments_kernel<Real>, args);
    queue.for_each("descriptor", std::int64_t(args.n_atoms) * args.input_stride, &descriptor_kernel<Real>, args);
}

template <class Real>
void descriptor_backward(Queue& queue, const ExactTileArgs<Real>& args) {
    queue.for_each("moments_gradient", std::int64_t(args.n_atoms) * args.stride, &moments_gradient_kernel<Real>, args);
    queue.for_each("embedding_gradient", args.most_rows * args.stride, &embedding_gradient_kernel<Real>, args);
    queue.for_each("row_gradient", args.most_rows, &row_gradient_kernel<Real>, args);
}

template <class Real>
void scatter_rows(Queue& queue, const ExactTileArgs<Real>& args) {
    queue.launch("scatter_rows", &scatter_rows_kernel<Real>, grid_of_atoms(args.n_atoms), tiles_per_block * tile_lanes,
                 shared_piece<FixedSum>(9), args);
}

#define DPMD_INSTANTIATE(Real)                                             \
    template void pack_rows(Queue&, const ExactTileArgs<Real>&);           \
    template void descriptor_forward(Queue&, const ExactTileArgs<Real>&);  \
    template void descriptor_backward(Queue&, const ExactTileArgs<Real>&); \
    template void scatter_rows(Queue&, const ExactTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
