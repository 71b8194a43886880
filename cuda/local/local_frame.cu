#include "local/local_frame.hpp"

#include "local/atom_rows.hpp"
#include "local/tile_grid.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

constexpr int n_full = LocalFrame::n_full;

/// The rows of each type of an atom by distance, equal distances in the order of the list. Rows rank themselves by
/// counting. All lanes of its tile of lanes call together.
template <class Real>
GPU_DEVICE void sort_by_distance(const LocalFrameTileArgs<Real>& args, int a) {
    for (int t = 0; t < args.environment.n_types; ++t) {
        const RowSpan rows = rows_of(args, t, a);
        double* distance = args.distance + rows.first;
        for (int k = lane(); k < rows.count; k += tile_lanes) distance[k] = neighbor_of(args, rows.first + k).r;
        sync_tile();
        for (int k = lane(); k < rows.count; k += tile_lanes) {
            int before = 0;
            for (int j = 0; j < rows.count; ++j)
                before += distance[j] < distance[k] || (distance[j] == distance[k] && j < k) ? 1 : 0;
            args.order[rows.first + before] = rows.first + k;
        }
    }
    sync_tile();
}

/// The row of the neighbour of an atom at a place of a type and the vector to it; -1 and zeros where it has fewer.
template <class Real>
GPU_DEVICE std::int32_t find_axis(const LocalFrameTileArgs<Real>& args, int a, const LocalFrame::Axis& axis,
                                  double vector[3]) {
    const RowSpan rows = rows_of(args, axis.neighbor_type, a);
    const std::int32_t row = axis.place < rows.count ? args.order[rows.first + axis.place] : -1;
    const Neighbor neighbor = row < 0 ? Neighbor{} : neighbor_of(args, row);
    for (int b = 0; b < 3; ++b) vector[b] = neighbor.d[b];
    return row;
}

/// Finds the rows of the axes of an atom. Without them, its frame and so its energy are not numbers.
template <class Real>
GPU_DEVICE AxisFrame find_frame(const LocalFrameTileArgs<Real>& args, int a, std::int32_t axes[2]) {
    double u[3], w[3];
    LocalFrame::Axis second = args.center.axes.second;
    axes[0] = find_axis(args, a, args.center.axes.first, u);
    axes[1] = find_axis(args, a, second, w);
    if (is_against(u, w)) {
        ++second.place;
        axes[1] = find_axis(args, a, second, w);
    }
    return axis_frame(u, w);
}

/// One tile of lanes per atom: all of them find its frame, and each fills slots of its own.
template <class Real>
GPU_KERNEL frame_features_kernel(LocalFrameTileArgs<Real> args) {
    const int a = block_index() * atoms_per_block + tile();
    if (a >= args.tile.n_atoms) return;
    const FittingInput<Real>& input = args.input;
    Real* to = input.values + std::int64_t(a) * input.stride;
    sort_by_distance(args, a);
    std::int32_t axes[2];
    const AxisFrame frame = find_frame(args, a, axes);
    if (lane() == 0) {
        args.frames[a] = frame;
        for (int k = 0; k < 2; ++k) args.axes[2 * a + k] = axes[k];
    }
    for (int t = 0; t < args.environment.n_types; ++t) {
        const LocalFrame::Section section = args.center.sections[t];
        const RowSpan rows = rows_of(args, t, a);
        for (int k = lane(); k < section.n_slots(); k += tile_lanes) {
            double row[n_full] = {};  // as of an empty slot
            if (k < rows.count) {
                const Neighbor neighbor = neighbor_of(args, args.order[rows.first + k]);
                frame_row(frame, neighbor.d, neighbor.r, row);
            }
            const LocalFrame::Slot slot = section.slot(k);
            GPU_UNROLL for (int c = 0; c < n_full; ++c) {
                const int f = slot.first + c;
                if (c < slot.n_components)
                    to[f] = static_cast<Real>((row[c] - args.center.shift[f]) * args.center.inverse_scale[f]);
            }
        }
    }
    for (int f = input.n_features + lane(); f < input.width; f += tile_lanes)
        to[f] = behind_features(input, args.tile.system.aparam, args.tile.atoms[a], f);
}

/// One tile of lanes per atom: each lane takes slots of its own, and one what the axes owe to the turning of the frame.
template <class Real>
GPU_KERNEL frame_gradient_kernel(LocalFrameTileArgs<Real> args) {
    const int a = block_index() * atoms_per_block + tile();
    if (a >= args.tile.n_atoms) return;
    const Real* from = args.input.gradient + std::int64_t(a) * args.input.stride;
    const AxisFrame frame = args.frames[a];
    double d_frame[3][3] = {};
    for (int t = 0; t < args.environment.n_types; ++t) {
        const LocalFrame::Section section = args.center.sections[t];
        const RowSpan rows = rows_of(args, t, a);
        for (int k = lane(); k < rows.count; k += tile_lanes) {
            const std::int32_t r = args.order[rows.first + k];
            const LocalFrame::Slot slot = section.slot(k);
            double of_row[n_full] = {}, g[3];
            GPU_UNROLL for (int c = 0; c < n_full; ++c) if (c < slot.n_components) of_row[c] =
                static_cast<double>(from[slot.first + c]) * args.center.inverse_scale[slot.first + c];
            const Neighbor neighbor = neighbor_of(args, r);
            frame_row_gradient(frame, neighbor.d, neighbor.r, of_row, g, d_frame);
            for (int b = 0; b < 3; ++b) args.difference[b * args.rows.most + r] = g[b];
        }
    }
    for (int k = 0; k < 3; ++k)
        for (int b = 0; b < 3; ++b) d_frame[k][b] = tile_sum(d_frame[k][b]);
    sync_tile();
    const std::int32_t first = args.axes[2 * a], second = args.axes[2 * a + 1];
    if (lane() != 0 || first < 0 || second < 0) return;
    double of_first[3], of_second[3];
    axis_frame_gradient(frame, neighbor_of(args, second).d, d_frame, of_first, of_second);
    for (int b = 0; b < 3; ++b) {
        args.difference[b * args.rows.most + first] += of_first[b];
        args.difference[b * args.rows.most + second] += of_second[b];
    }
}

}  // namespace

template <class Real>
void local_frame_forward(Queue& queue, const LocalFrameTileArgs<Real>& args) {
    queue.launch("frame_features", &frame_features_kernel<Real>, grid_of_atoms(args.tile.n_atoms), threads_of_atoms, 0,
                 args);
}

template <class Real>
void local_frame_backward(Queue& queue, const LocalFrameTileArgs<Real>& args) {
    queue.launch("frame_gradient", &frame_gradient_kernel<Real>, grid_of_atoms(args.tile.n_atoms), threads_of_atoms, 0,
                 args);
}

#define DPMD_INSTANTIATE(Real)                                                  \
    template void local_frame_forward(Queue&, const LocalFrameTileArgs<Real>&); \
    template void local_frame_backward(Queue&, const LocalFrameTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
