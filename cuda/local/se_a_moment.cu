#include "local/se_a_moment.hpp"

#include "local/pair_gradients.hpp"
#include "local/tile_grid.hpp"
#include "math/quintic_table.hpp"

namespace dpmd::gpu {
namespace {

/// Shared memory of a tile while it sums moments: 32 neighbours, and how many there are of each type.
template <class Real>
std::size_t forward_shared_bytes(int tiles, int n_types) {
    return shared_piece<Real>(std::size_t(tiles) * 32 * 5) + shared_piece<std::int32_t>(std::size_t(tiles) * 32) +
           shared_piece<std::int32_t>(std::size_t(tiles) * std::size_t(n_types));
}

/// One tile of lanes per atom. 32 neighbours at a time: each lane prepares one, then each lane adds them, one after the
/// other in the order of the list, to `n_groups` channels of its own.
template <class Real, int n_groups>
GPU_KERNEL GPU_BOUNDS(threads_of_atoms, 1) moments_forward_kernel(SeAMomentTileArgs<Real> args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.form.environment.n_types;
    SharedMemory shared;
    Real* rows = shared.take<Real>(tiles * 32 * 5) + tile() * 32 * 5;  // [32]: row 0..3, x
    std::int32_t* intervals = shared.take<std::int32_t>(tiles * 32) + tile() * 32;
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

    Real sum[4][n_groups] = {};
    bool too_close = false;
    for (int place = 0; first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_and_count(system, environment, atom, first, last, place, counts);
        const SectionRule& section = environment.sections[neighbor.type];
        const bool has_row = neighbor.inside && section.has_rows;
        too_close = too_close || (has_row && !(neighbor.r >= tables.sections[neighbor.type].nearest));
        const std::uint32_t with_rows = ballot(has_row);
        const int n = count_bits(with_rows);
        if (has_row) {
            const int slot = count_bits(with_rows & ((std::uint32_t(1) << lane()) - 1));
            const EnvironmentRadial<double> f = radial_of(environment, neighbor);
            Real row[4];
            environment_row<4>(environment, neighbor, f, row);
            const TablePosition<Real> position = table_position(tables, neighbor.type, neighbor.r, f);
            GPU_UNROLL for (int k = 0; k < 4; ++k) rows[5 * slot + k] = row[k];
            rows[5 * slot + 4] = position.x;
            intervals[slot] = position.interval;
        }
        sync_tile();
        for (int slot = 0; slot < n; ++slot) {
            const Real* row = rows + 5 * slot;
            GPU_UNROLL for (int g = 0; g < n_groups; ++g) {
                const int channel = lane() + tile_lanes * g;
                if (channel >= tables.stride) break;
                Real c[6];
                read_coefficients(tables, intervals[slot], channel, c);
                Real value = c[5];
                GPU_UNROLL for (int power = 4; power >= 0; --power) value = value * row[4] + c[power];
                GPU_UNROLL for (int k = 0; k < 4; ++k) sum[k][g] += row[k] * value;
            }
        }
        sync_tile();
    }

    sync_tile();
    const int n_shared = shared_empty_slots(system, environment, atom, first, last, counts);
    for (int t = 0; t < n_types; ++t) {
        const SectionRule& section = environment.sections[t];
        const int n_empty = environment.slot_order != SlotOrder::mixed
                                ? empty_slots(system, section, atom, t, counts[t])
                                : (t == 0 ? n_shared : 0);
        if (!section.has_padding || n_empty <= 0) continue;
        const Real* padding = args.form.padding + std::int64_t(t) * 4 * tables.stride;
        GPU_UNROLL for (int g = 0; g < n_groups; ++g) {
            const int channel = lane() + tile_lanes * g;
            if (channel < tables.stride)
                GPU_UNROLL for (int k = 0; k < 4; ++k) sum[k][g] +=
                    static_cast<Real>(n_empty) * padding[k * tables.stride + channel];
        }
    }
    Real* moments = args.moments + std::int64_t(a) * 4 * tables.stride;
    GPU_UNROLL for (int g = 0; g < n_groups; ++g) {
        const int channel = lane() + tile_lanes * g;
        if (channel < tables.stride)
            GPU_UNROLL for (int k = 0; k < 4; ++k) moments[k * tables.stride + channel] =
                sum[k][g] * static_cast<Real>(environment.inverse_normalization);
    }
    serve_or_leave(args.served, system.totals, a, atom, too_close);
}

/// One thread per feature S_lk = sum_c m_cl m_ck, or parameter behind them.
template <class Real>
GPU_KERNEL features_kernel(SeAMomentTileArgs<Real> args) {
    const std::int64_t at = item();
    const int a = static_cast<int>(at / args.input.width), f = static_cast<int>(at % args.input.width);
    if (a >= args.tile.n_atoms) return;
    const SeAMomentCenter<Real>& form = args.form;
    Real value(0);
    if (f < form.n_products) {
        const Real* m = args.moments + std::int64_t(a) * 4 * form.tables.stride;
        const int l = form.feature_pairs[f] % 65536, k = form.feature_pairs[f] / 65536;
        GPU_UNROLL for (int c = 0; c < 4; ++c) value += m[c * form.tables.stride + l] * m[c * form.tables.stride + k];
    } else if (f < form.n_features) {
        value = form.constants[f - form.n_products];
    } else {
        value = behind_features(args.input, args.tile.system.aparam, args.tile.atoms[a], f);
    }
    args.input.values[std::int64_t(a) * args.input.stride + f] = value;
}

template <class Real>
std::size_t backward_shared_bytes(int tiles, int stride, int n_products) {
    return shared_piece<Real>(std::size_t(tiles) * 4 * std::size_t(stride)) * 2 +
           shared_piece<Real>(std::size_t(tiles) * std::size_t(n_products)) + RowQueue::shared_bytes(tiles);
}

/// One tile of lanes per atom: the gradient of its moments, then each lane takes neighbours of its own back to forces.
template <class Real>
GPU_KERNEL GPU_BOUNDS(threads_of_atoms, 1) moments_backward_kernel(SeAMomentTileArgs<Real> args) {
    const SystemView& system = args.tile.system;
    const EnvironmentView& environment = args.form.environment;
    const TablesView<Real>& tables = args.form.tables;
    const int tiles = block_threads() / tile_lanes, stride = tables.stride;
    const int n_basis = args.form.n_basis, n_axis = args.form.n_axis, n_products = args.form.n_products;
    SharedMemory shared;
    Real* m = shared.take<Real>(tiles * 4 * stride) + tile() * 4 * stride;   // [4][stride]
    Real* dm = shared.take<Real>(tiles * 4 * stride) + tile() * 4 * stride;  // [stride][4]
    Real* ds = shared.take<Real>(tiles * n_products) + tile() * n_products;  // dE/dS
    RowQueue queue(shared, tiles);
    TileVirial virial;

    for (int a = block_index() * tiles + tile(); a < args.tile.n_atoms; a += grid_blocks() * tiles) {
        if (args.served.kept[a] == 0) continue;
        const std::int32_t atom = args.tile.atoms[a];
        for (int k = lane(); k < 4 * stride; k += tile_lanes) m[k] = args.moments[std::int64_t(a) * 4 * stride + k];
        for (int k = lane(); k < n_products; k += tile_lanes)
            ds[k] = args.input.gradient[std::int64_t(a) * args.input.stride + k];
        sync_tile();
        // S_lk stands at row_of(l) + k with row_of(l) = l n_basis - l (l - 1)/2 - l
        const auto row_of = [&](int l) { return l * n_basis - l * (l - 1) / 2 - l; };
        for (int k = lane(); k < n_basis; k += tile_lanes) {
            Real d[4] = {};
            for (int l = 0; l < n_axis && l <= k; ++l) {
                const Real back = ds[row_of(l) + k];
                GPU_UNROLL for (int c = 0; c < 4; ++c) d[c] += m[c * stride + l] * back;
            }
            if (k < n_axis)
                for (int q = k; q < n_basis; ++q) {
                    const Real back = ds[row_of(k) + q];
                    GPU_UNROLL for (int c = 0; c < 4; ++c) d[c] += m[c * stride + q] * back;
                }
            GPU_UNROLL for (int c = 0; c < 4; ++c) dm[4 * k + c] =
                d[c] * static_cast<Real>(environment.inverse_normalization);
        }
        sync_tile();

        const auto put_gradient = [&](const Neighbor& neighbor, const EnvironmentRadial<double>& f, Real gradient[4]) {
            Real row[4], slope_sum(0);
            environment_row<4>(environment, neighbor, f, row);
            const TablePosition<Real> position = table_position(tables, neighbor.type, neighbor.r, f);
            for (int channel = 0; channel < n_basis; ++channel) {
                Real c[6];
                read_coefficients(tables, position.interval, channel, c);
                const ValueSlope<Real> b = quintic<Real, Real>(c, position.x);
                Real back(0);
                GPU_UNROLL for (int k = 0; k < 4; ++k) {
                    const Real d = dm[4 * channel + k];
                    gradient[k] += b.value * d;
                    back += row[k] * d;
                }
                slope_sum += b.slope * back;
            }
            gradient[0] += slope_sum * position.slope * static_cast<Real>(1.0 / environment.inverse_scale[0]);
        };
        add_neighbors<4, Real>(system, environment, atom, queue, virial, put_gradient);
    }
    virial.finish(system.totals);
}

}  // namespace

template <class Real>
void se_a_moments_forward(Queue& queue, const SeAMomentTileArgs<Real>& args) {
    with_groups(args.form.tables.stride, [&](auto n_groups) {
        queue.launch("moments_forward", &moments_forward_kernel<Real, n_groups>, grid_of_atoms(args.tile.n_atoms),
                     threads_of_atoms, forward_shared_bytes<Real>(atoms_per_block, args.form.environment.n_types),
                     args);
    });
}

template <class Real>
void se_a_features_forward(Queue& queue, const SeAMomentTileArgs<Real>& args) {
    queue.for_each("features_forward", std::int64_t(args.tile.n_atoms) * args.input.width, &features_kernel<Real>,
                   args);
}

template <class Real>
void se_a_moments_backward(Queue& queue, const SeAMomentTileArgs<Real>& args) {
    const auto bytes = [&](int tiles) {
        return backward_shared_bytes<Real>(tiles, args.form.tables.stride, args.form.n_products);
    };
    int tiles = atoms_per_block;
    while (tiles > 1 && bytes(tiles) > 48 * 1024) tiles /= 2;
    queue.launch("moments_backward", &moments_backward_kernel<Real>, looping_grid(queue, args.tile.n_atoms, tiles),
                 tiles * tile_lanes, bytes(tiles), args);
}

#define DPMD_INSTANTIATE(Real)                                                   \
    template void se_a_moments_forward(Queue&, const SeAMomentTileArgs<Real>&);  \
    template void se_a_features_forward(Queue&, const SeAMomentTileArgs<Real>&); \
    template void se_a_moments_backward(Queue&, const SeAMomentTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
