#include "local/se_t_tables.hpp"

#include "local/neighborhood.hpp"
#include "local/tile_grid.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

/// Channels that a thread adds at a time; their number is padded to whole groups.
constexpr int group = 8;
static_assert(row_multiple % group == 0);

/// Where a pair stands in the tables: the coefficients of its interval, and the place in it.
template <class Real>
struct AnglePlace {
    const Real* coefficients;  // [stride][angle_powers]
    Real x, slope;             // dx/dtheta

    GPU_DEVICE AnglePlace(const AngleTablesView<Real>& tables, int which, Real theta) {
        const AngleGrid<Real> grid = tables.grids[which];
        const ValueSlope<Real> step = angle_step<Real, Real>(theta, grid);
        const int interval = angle_interval(step.value, grid);
        coefficients =
            tables.coefficients + std::int64_t(tables.first[which] + interval) * tables.stride * angle_powers;
        x = angle_place(step.value, interval, grid);
        slope = step.slope;
    }
};

/// Whether a neighbour of an atom is too near for the tables; all lanes of its tile of lanes ask together, each about
/// neighbours of its own.
template <class Real>
GPU_DEVICE bool is_too_close(const SeTTablesTileArgs<Real>& args, int a, std::int32_t atom) {
    const SystemView& system = args.tile.system;
    bool found = false;
    for (int t = 0; t < args.environment.n_types; ++t) {
        const RowSpan rows = rows_of(args, t, a);
        for (int k = lane(); k < rows.count; k += tile_lanes) {
            const Neighbor neighbor = read_neighbor(system, args.environment, atom, system.first[atom],
                                                    system.first[atom + 1], args.rows.neighbor[rows.first + k]);
            found = found || !(neighbor.r >= args.tables.nearest);
        }
    }
    return found;
}

// `has_types`: there are types' factors. Without them a kernel needs fewer registers.

/// One tile of lanes per atom: lanes take pairs in turn and add their functions, a group of channels at a time.
template <class Real, bool has_types>
GPU_KERNEL GPU_BOUNDS(threads_of_atoms, 1) angle_features_kernel(SeTTablesTileArgs<Real> args) {
    const int a = block_index() * (block_threads() / tile_lanes) + tile();
    if (a >= args.tile.n_atoms) return;
    const std::int32_t atom = args.tile.atoms[a];
    Real* input = args.input.values + std::int64_t(a) * args.input.stride;
    const int n_channels = args.frame.n_channels;
    for (int channel = 0; channel < n_channels; channel += group) {
        Real sum[group] = {};
        for (int which = 0; which < args.types.count; ++which) {
            const TypePair types = args.types.all[which];
            const bool one_type = types.a == types.b;
            const RowSpan rows_a = rows_of(args, types.a, a), rows_b = rows_of(args, types.b, a);
            for (int p = lane(); p < count_pairs(one_type, rows_a.count, rows_b.count); p += tile_lanes) {
                const PairPlace at = pair_at(one_type, p, rows_a.count, rows_b.count);
                const AnglePlace<Real> place(args.tables, which,
                                             theta_of(args.rows, rows_a.first + at.j, rows_b.first + at.k));
                const Real weight = weight_of_pair<Real>(one_type, p, rows_a.count);
                Real both(1);
                if constexpr (has_types) both = args.switches.of_pair(rows_a.first + at.j, rows_b.first + at.k);
                const Real* c = place.coefficients + channel * angle_powers;
                GPU_UNROLL for (int k = 0; k < group; ++k, c += angle_powers) {
                    Real value = c[angle_powers - 1];
                    GPU_UNROLL for (int power = angle_powers - 2; power >= 0; --power) value =
                        value * place.x + c[power];
                    if constexpr (has_types) value *= Real(1) + args.frame.type_factor(which, channel + k) * both;
                    sum[k] += weight * value;
                }
            }
        }
        GPU_UNROLL for (int k = 0; k < group; ++k) {
            const Real total = tile_sum(sum[k]);
            if (lane() == k && channel + k < n_channels) input[channel + k] = total;
        }
    }
    for (int f = n_channels + lane(); f < args.input.n_features; f += tile_lanes)
        input[f] = args.frame.constants[f - n_channels];
    for (int f = args.input.n_features + lane(); f < args.input.width; f += tile_lanes)
        input[f] = behind_features(args.input, args.tile.system.aparam, atom, f);
    serve_or_leave(args.served, args.tile.system.totals, a, atom, is_too_close(args, a, atom));
}

/// What the energy depends on through a pair: the derivatives by its place in the tables and by w_j w_k.
template <class Real, bool has_types>
struct PairSlopes {
    Real place, both;

    /// d [n_channels] is the gradient of the features.
    GPU_DEVICE PairSlopes(const SeTFrame<Real>& frame, int which, const AnglePlace<Real>& at, Real weights,
                          const Real* d)
        : place(0), both(0) {
        const Real* c = at.coefficients;
        for (int channel = 0; channel < frame.n_channels; ++channel, c += angle_powers) {
            const ValueSlope<Real> f = angle_polynomial(c, 1, at.x);
            Real back = d[channel];
            if constexpr (has_types) {
                const Real factor = frame.type_factor(which, channel);
                both += back * factor * f.value;
                back *= Real(1) + factor * weights;
            }
            place += back * f.slope;
        }
    }
};

/// One thread per row of a neighbour, which adds all pairs that it is in.
template <class Real, bool has_types>
GPU_KERNEL angle_gradient_kernel(SeTTablesTileArgs<Real> args) {
    const std::int64_t row = item(), most = args.rows.most;
    if (row >= args.rows.ranges[2 * args.environment.n_types + 1]) return;
    const int a = args.rows.owner[row], type = type_of_row(args, row);
    const Real* d = args.input.gradient + std::int64_t(a) * args.input.stride;
    Real gradient[3] = {}, d_weight(0);
    for (int which = 0; which < args.types.count && args.served.kept[a] != 0; ++which) {
        const TypePair types = args.types.all[which];
        if (!types.has(type)) continue;
        const int other = types.other(type);
        const RowSpan others = rows_of(args, other, a);
        // within a type a pair counts in both orders, and theta = R . R has the derivative 2 R
        const Real weight = type == other ? Real(2) : Real(1);
        for (std::int64_t k = others.first; k < others.first + others.count; ++k) {
            const AnglePlace<Real> place(args.tables, which, theta_of(args.rows, row, k));
            Real both(1);
            if constexpr (has_types) both = args.switches.of_pair(row, k);
            const PairSlopes<Real, has_types> slopes(args.frame, which, place, both, d);
            const Real slope = slopes.place * (weight * place.slope);
            GPU_UNROLL for (int b = 0; b < 3; ++b) gradient[b] += slope * args.rows.components[(b + 1) * most + k];
            if constexpr (has_types)
                if (args.switches.weight != nullptr) d_weight += weight * slopes.both * args.switches.weight[k];
        }
    }
    args.row_gradient[row] = Real(0);
    for (int b = 0; b < 3; ++b) args.row_gradient[(b + 1) * most + row] = gradient[b];
    if constexpr (has_types) args.switches.finish(row, most, d_weight);
}

}  // namespace

template <class Real>
void se_t_tables_forward(Queue& queue, const SeTTablesTileArgs<Real>& args) {
    fill_switches(queue, static_cast<const RowTile<Real>&>(args), args.switches);
    const auto kernel =
        args.frame.type_factors != nullptr ? &angle_features_kernel<Real, true> : &angle_features_kernel<Real, false>;
    queue.launch("angle_features", kernel, grid_of_atoms(args.tile.n_atoms), threads_of_atoms, 0, args);
}

template <class Real>
void se_t_tables_backward(Queue& queue, const SeTTablesTileArgs<Real>& args) {
    const auto kernel =
        args.frame.type_factors != nullptr ? &angle_gradient_kernel<Real, true> : &angle_gradient_kernel<Real, false>;
    queue.for_each("angle_gradient", args.rows.most, kernel, args);
}

#define DPMD_INSTANTIATE(Real)                                                 \
    template void se_t_tables_forward(Queue&, const SeTTablesTileArgs<Real>&); \
    template void se_t_tables_backward(Queue&, const SeTTablesTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
