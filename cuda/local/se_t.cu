#include "local/se_t.hpp"

#include "local/tile_grid.hpp"

namespace dpmd::gpu {
namespace {

/// The pairs of one pair of types that an atom has.
template <class Real>
struct PairsOfAtom {
    TypePair types;
    bool one_type;
    RowSpan a, b;        // rows of the neighbours
    std::int64_t first;  // row of the first pair

    GPU_DEVICE PairsOfAtom(const SeTTileArgs<Real>& args, int which, int atom)
        : types(args.types.all[which]),
          one_type(types.a == types.b),
          a(rows_of(args, types.a, atom)),
          b(rows_of(args, types.b, atom)),
          first(args.pairs.first[which * args.tile.n_atoms + atom]) {}
    GPU_DEVICE int count() const { return count_pairs(one_type, a.count, b.count); }
    /// What pair number p is multiplied by.
    GPU_DEVICE Real factor(int p) const {
        return static_cast<Real>(types.factor) * weight_of_pair<Real>(one_type, p, a.count);
    }
    /// The product of the switches of pair number p.
    GPU_DEVICE Real both(const PairSwitches<Real>& switches, int p) const {
        if (switches.weight == nullptr) return Real(1);
        const PairPlace at = pair_at(one_type, p, a.count, b.count);
        return switches.of_pair(a.first + at.j, b.first + at.k);
    }
};

/// One thread per pair of types and atom.
template <class Real>
GPU_KERNEL count_pairs_kernel(SeTTileArgs<Real> args) {
    const std::int64_t at = item();
    if (at >= std::int64_t(args.types.count) * args.tile.n_atoms) return;
    const TypePair types = args.types.all[at / args.tile.n_atoms];
    const int atom = static_cast<int>(at % args.tile.n_atoms);
    args.pairs.counts[at] =
        count_pairs(types.a == types.b, rows_of(args, types.a, atom).count, rows_of(args, types.b, atom).count);
}

/// One tile of lanes per atom.
template <class Real>
GPU_KERNEL fill_pairs_kernel(SeTTileArgs<Real> args) {
    const int atom = block_index() * (block_threads() / tile_lanes) + tile();
    if (atom >= args.tile.n_atoms) return;
    for (int which = 0; which < args.types.count; ++which) {
        const PairsOfAtom<Real> pairs(args, which, atom);
        for (int p = lane(); p < pairs.count(); p += tile_lanes) {
            const PairPlace at = pair_at(pairs.one_type, p, pairs.a.count, pairs.b.count);
            args.pairs.components[pairs.first + p] = theta_of(args.rows, pairs.a.first + at.j, pairs.b.first + at.k);
            args.pairs.owner[pairs.first + p] = atom;
        }
    }
}

/// Channel c of an atom: the sum over pairs of theta N_c(theta) times factors.
template <class Real>
GPU_DEVICE Real sum_of_pairs(const SeTTileArgs<Real>& args, int atom, int c) {
    Real value(0);
    for (int which = 0; which < args.types.count; ++which) {
        const PairsOfAtom<Real> pairs(args, which, atom);
        const Real* g = args.g + pairs.first * args.frame.stride + c;
        for (int p = 0; p < pairs.count(); ++p) {
            Real term =
                pairs.factor(p) * args.pairs.components[pairs.first + p] * g[std::int64_t(p) * args.frame.stride];
            if (args.frame.type_factors != nullptr)
                term *= Real(1) + args.frame.type_factor(which, c) * pairs.both(args.switches, p);
            value += term;
        }
    }
    return value;
}

/// One thread per input of the fitting net: a channel, a constant or a parameter.
template <class Real>
GPU_KERNEL three_body_descriptor_kernel(SeTTileArgs<Real> args) {
    const std::int64_t at = item();
    const int atom = static_cast<int>(at / args.input.width), f = static_cast<int>(at % args.input.width);
    if (atom >= args.tile.n_atoms) return;
    Real value;
    if (f < args.frame.n_channels) value = sum_of_pairs(args, atom, f);
    else if (f < args.input.n_features) value = args.frame.constants[f - args.frame.n_channels];
    else value = behind_features(args.input, args.tile.system.aparam, args.tile.atoms[atom], f);
    args.input.values[std::int64_t(atom) * args.input.stride + f] = value;
}

/// One thread per pair.
template <class Real>
GPU_KERNEL pair_gradient_kernel(SeTTileArgs<Real> args) {
    const std::int64_t row = item();
    if (row >= args.pairs.ranges[2 * args.types.count + 1]) return;
    int which = 0;
    while (row >= args.pairs.ranges[2 * which + 1]) ++which;
    const int atom = args.pairs.owner[row], stride = args.frame.stride;
    const PairsOfAtom<Real> pairs(args, which, atom);
    const int p = static_cast<int>(row - pairs.first);
    const Real factor = pairs.factor(p), theta = args.pairs.components[row], both = pairs.both(args.switches, p);
    const Real* d = args.input.gradient + std::int64_t(atom) * args.input.stride;
    const bool has_factors = args.frame.type_factors != nullptr;
    Real sum(0), of_types(0);
    for (int c = 0; c < stride; ++c) {
        Real back = c < args.frame.n_channels ? d[c] * factor : Real(0);
        if (has_factors && c < args.frame.n_channels) {
            const Real f = args.frame.type_factor(which, c);
            of_types += back * f * args.g[row * stride + c];
            back *= Real(1) + f * both;
        }
        args.dg[row * stride + c] = back * theta;
        if (c < args.frame.n_channels) sum += back * args.g[row * stride + c];
    }
    args.slope[row] = sum;
    if (args.switches.weight != nullptr) args.both[row] = of_types * theta;
}

/// One thread per row of a neighbour, which adds all pairs that it is in.
template <class Real>
GPU_KERNEL pairs_to_rows_kernel(SeTTileArgs<Real> args) {
    const std::int64_t row = item(), most = args.rows.most;
    if (row >= args.rows.ranges[2 * args.environment.n_types + 1]) return;
    const int atom = args.rows.owner[row], type = type_of_row(args, row);
    const int own = static_cast<int>(row - rows_of(args, type, atom).first);
    Real gradient[3] = {}, d_weight(0);
    for (int which = 0; which < args.types.count; ++which) {
        const PairsOfAtom<Real> pairs(args, which, atom);
        if (!pairs.types.has(type)) continue;
        const bool is_first = pairs.types.a == type;
        const RowSpan others = is_first ? pairs.b : pairs.a;
        for (int k = 0; k < others.count; ++k) {
            const std::int64_t pair = pairs.first + number_of_pair(pairs.one_type, is_first ? own : k,
                                                                   is_first ? k : own, pairs.a.count, pairs.b.count);
            // theta = R . R, and both switches are that of the row
            const Real twice = others.first + k == row ? Real(2) : Real(1);
            const Real slope = (args.slope[pair] + args.through_nets[pair]) * twice;
            GPU_UNROLL for (int c = 0; c < 3; ++c) gradient[c] +=
                slope * args.rows.components[(c + 1) * most + others.first + k];
            if (args.switches.weight != nullptr)
                d_weight += args.both[pair] * twice * args.switches.weight[others.first + k];
        }
    }
    args.row_gradient[row] = Real(0);
    for (int c = 0; c < 3; ++c) args.row_gradient[(c + 1) * most + row] = gradient[c];
    args.switches.finish(row, most, d_weight);
}

}  // namespace

template <class Real>
void se_t_pack_pairs(Queue& queue, const SeTTileArgs<Real>& args) {
    queue.for_each("count_pairs", std::int64_t(args.types.count) * args.tile.n_atoms, &count_pairs_kernel<Real>, args);
    RowTile<Real> pairs = args;
    pairs.environment.n_types = args.types.count;
    pairs.rows = args.pairs;
    scan_rows(queue, pairs);
    queue.launch("fill_pairs", &fill_pairs_kernel<Real>, grid_of_atoms(args.tile.n_atoms), threads_of_atoms, 0, args);
    fill_switches(queue, static_cast<const RowTile<Real>&>(args), args.switches);
}

template <class Real>
void se_t_forward(Queue& queue, const SeTTileArgs<Real>& args) {
    queue.for_each("three_body_descriptor", std::int64_t(args.tile.n_atoms) * args.input.width,
                   &three_body_descriptor_kernel<Real>, args);
}

template <class Real>
void se_t_backward(Queue& queue, const SeTTileArgs<Real>& args) {
    queue.for_each("pair_gradient", args.pairs.most, &pair_gradient_kernel<Real>, args);
}

template <class Real>
void se_t_row_gradient(Queue& queue, const SeTTileArgs<Real>& args) {
    queue.for_each("pairs_to_rows", args.rows.most, &pairs_to_rows_kernel<Real>, args);
}

#define DPMD_INSTANTIATE(Real)                                       \
    template void se_t_pack_pairs(Queue&, const SeTTileArgs<Real>&); \
    template void se_t_forward(Queue&, const SeTTileArgs<Real>&);    \
    template void se_t_backward(Queue&, const SeTTileArgs<Real>&);   \
    template void se_t_row_gradient(Queue&, const SeTTileArgs<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
