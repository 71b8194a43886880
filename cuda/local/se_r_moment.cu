#include "local/se_r_moment.hpp"

#include "local/pair_gradients.hpp"
#include "local/tile_grid.hpp"
#include "math/quintic_table.hpp"

namespace dpmd::gpu {
namespace {

/// One tile of lanes per atom. 32 neighbours at a time: each lane finds the place of one in the tables, then each lane
/// adds them, one after the other in the order of the list, to `n_groups` channels of its own.
template <class Real, int n_groups>
GPU_KERNEL GPU_BOUNDS(threads_of_atoms, 1) radial_sums_forward_kernel(SeRMomentTileArgs<Real> args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.form.environment.n_types;
    SharedMemory shared;
    std::int32_t* counts = shared.take<std::int32_t>(tiles * n_types) + tile() * n_types;
    const int a = block_index() * tiles + tile();
    if (a >= args.tile.n_atoms) return;  // the whole tile of lanes

    const SystemView& system = args.tile.system;
    const EnvironmentView& environment = args.form.environment;
    const TablesView<Real>& tables = args.form.tables;
    const std::int32_t atom = args.tile.atoms[a];
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    for (int t = lane(); t < n_types; t += tile_lanes) counts[t] = 0;
    sync_tile();

    Real sum[n_groups] = {};
    bool too_close = false;
    for (int place = 0; first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_and_count(system, environment, atom, first, last, place, counts);
        const bool has_row = neighbor.inside && environment.sections[neighbor.type].has_rows;
        too_close = too_close || (has_row && !(neighbor.r >= tables.sections[neighbor.type].nearest));
        TablePosition<Real> position{};
        if (has_row) position = table_position(tables, neighbor.type, neighbor.r, radial_of(environment, neighbor));
        for (std::uint32_t left = ballot(has_row); left != 0; left &= left - 1) {
            const int from = lowest_bit(left);
            const int interval = shuffle(position.interval, from);
            const Real x = shuffle(position.x, from);
            GPU_UNROLL for (int g = 0; g < n_groups; ++g) {
                const int channel = lane() + tile_lanes * g;
                if (channel >= tables.stride) break;
                Real c[6];
                read_coefficients(tables, interval, channel, c);
                sum[g] += quintic<Real, Real>(c, x).value;
            }
        }
    }
    sync_tile();

    for (int t = 0; t < n_types; ++t) {
        const int n_empty = empty_slots(system, environment.sections[t], atom, t, counts[t]);
        GPU_UNROLL for (int g = 0; g < n_groups; ++g) {
            const int channel = lane() + tile_lanes * g;
            if (channel < tables.stride)
                sum[g] += sum_of_slots(args.form.slots, t * tables.stride + channel, n_empty, counts[t]);
        }
    }
    Real* input = args.input.values + std::int64_t(a) * args.input.stride;
    GPU_UNROLL for (int g = 0; g < n_groups; ++g) {
        const int channel = lane() + tile_lanes * g;
        if (channel < args.input.n_features) input[channel] = sum[g] * args.form.factor;
    }
    for (int f = args.input.n_features + lane(); f < args.input.width; f += tile_lanes)
        input[f] = behind_features(args.input, system.aparam, atom, f);
    serve_or_leave(args.served, system.totals, a, atom, too_close);
}

template <class Real>
std::size_t backward_shared_bytes(int tiles, int n_basis) {
    return shared_piece<Real>(std::size_t(tiles * n_basis)) + RowQueue::shared_bytes(tiles);
}

/// One tile of lanes per atom: the gradient of its sums, then each lane takes neighbours of its own back to forces.
template <class Real>
GPU_KERNEL GPU_BOUNDS(threads_of_atoms, 1) radial_sums_backward_kernel(SeRMomentTileArgs<Real> args) {
    const SystemView& system = args.tile.system;
    const EnvironmentView& environment = args.form.environment;
    const TablesView<Real>& tables = args.form.tables;
    const int tiles = block_threads() / tile_lanes, n_basis = args.form.n_basis;
    SharedMemory shared;
    Real* d = shared.take<Real>(tiles * n_basis) + tile() * n_basis;  // dE/d(sum over slots)
    RowQueue queue(shared, tiles);
    TileVirial virial;

    for (int a = block_index() * tiles + tile(); a < args.tile.n_atoms; a += grid_blocks() * tiles) {
        if (args.served.kept[a] == 0) continue;
        const std::int32_t atom = args.tile.atoms[a];
        for (int k = lane(); k < n_basis; k += tile_lanes)
            d[k] = args.input.gradient[std::int64_t(a) * args.input.stride + k] * args.form.factor;
        sync_tile();

        const auto put_gradient = [&](const Neighbor& neighbor, const EnvironmentRadial<double>& f, Real gradient[1]) {
            const TablePosition<Real> position = table_position(tables, neighbor.type, neighbor.r, f);
            Real slope(0);
            for (int channel = 0; channel < n_basis; ++channel) {
                Real c[6];
                read_coefficients(tables, position.interval, channel, c);
                slope += quintic<Real, Real>(c, position.x).slope * d[channel];
            }
            gradient[0] = slope * position.slope * static_cast<Real>(1.0 / environment.inverse_scale[0]);
        };
        add_neighbors<1, Real>(system, environment, atom, queue, virial, put_gradient);
    }
    virial.finish(system.totals);
}

}  // namespace

template <class Real>
void se_r_moments_forward(Queue& queue, const SeRMomentTileArgs<Real>& args) {
    const auto n_counts = std::size_t(atoms_per_block * args.form.environment.n_types);
    with_groups(args.form.tables.stride, [&](auto n_groups) {
        queue.launch("radial_sums_forward", &radial_sums_forward_kernel<Real, n_groups>,
                     grid_of_atoms(args.tile.n_atoms), threads_of_atoms, shared_piece<std::int32_t>(n_counts), args);
    });
}

template <class Real>
void se_r_moments_backward(Queue& queue, const SeRMomentTileArgs<Real>& args) {
    queue.launch("radial_sums_backward", &radial_sums_backward_kernel<Real>,
                 looping_grid(queue, args.tile.n_atoms, atoms_per_block), threads_of_atoms,
                 backward_shared_bytes<Real>(atoms_per_block, args.form.n_basis), args);
}

#define DPMD_INSTANTIATE(Real)                                                  \
    template void se_r_moments_forward(Queue&, const SeRMomentTileArgs<Real>&); \
    template void se_r_moments_backward(Queue&, const SeRMomentTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
