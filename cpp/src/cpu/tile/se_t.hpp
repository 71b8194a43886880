#pragma once
// se_e3 as trained: networks over the pairs of neighbours of all atoms of a tile, in blocks that stay in cache, and the
// same backwards. The way back runs the networks anew: to keep what they left would take an array of all pairs.
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/se_t_pairs.hpp"
#include "cpu/tile/stage_clock.hpp"

namespace dpmd::cpu::DPMD_ISA {

inline constexpr int pairs_per_block = 256;

/// Pairs that pass through a network together, strip after strip.
template <class Real>
struct PairBlock {
    int n_strips = 0, n_pairs = 0;
    PairStrip* strips;  ///< [pairs_per_block]
    Real* theta;        ///< [pairs_per_block]

    explicit PairBlock(Workspace& workspace)
        : strips(workspace.take<PairStrip>(pairs_per_block)), theta(workspace.take<Real>(pairs_per_block)) {}
    /// Calls f with each strip and the place of its first pair.
    template <class F>
    DPMD_HD void for_each(F&& f) const {
        int at = 0;
        for (int s = 0; s < n_strips; at += strips[s++].count) f(strips[s], at);
    }
};

/// Calls f with one full block after the other of the pairs of types a <= b of all atoms; what f takes of the workspace
/// is released. Rows behind the last pair of a block have theta = 0.
template <class Real, class F>
DPMD_HD void for_each_block(const TileRows<Real>& rows, int a, int b, Workspace& workspace, F&& f) {
    if (rows.section_size[a] == 0 || rows.section_size[b] == 0) return;
    PairBlock<Real> block(workspace);
    const auto flush = [&] {
        if (block.n_pairs == 0) return;
        for (int k = block.n_pairs; k < round_up(block.n_pairs, row_block); ++k) block.theta[k] = Real(0);
        const Workspace::Mark mark = workspace.mark();
        f(block);
        workspace.release(mark);
        block.n_strips = block.n_pairs = 0;
    };
    for (int atom = 0; atom < rows.n_atoms; ++atom)
        for_each_strip(rows, atom, a, b, [&](const PairStrip& whole) {
            // a strip is divided at places that depend on it alone, and so are the sums over it
            for (int done = 0; done < whole.count;) {
                const PairStrip strip = whole.part(done, pairs_per_block);
                if (block.n_pairs + strip.count > pairs_per_block) flush();
                find_thetas(strip, rows, block.theta + block.n_pairs);
                block.strips[block.n_strips++] = strip;
                block.n_pairs += strip.count;
                done += strip.count;
            }
        });
    flush();
}

/// Adds the channels of a pair, times a factor, to sum [stride]; `both` is w_j w_k.
template <class Real>
DPMD_HD void add_channels(const typename PackedSeT<Real>::Pair& pair, int stride, Real factor, Real both,
                          const Real* channels, Real* sum) {
    constexpr int L = lanes<Real>;
    const auto times = broadcast<Vector<Real>>(factor);
    if (pair.type_factors.empty()) {
        for (int c = 0; c < stride; c += L) store(sum + c, load(sum + c) + times * load(channels + c));
        return;
    }
    const Real* types = pair.type_factors.data();
    for (int c = 0; c < stride; c += L)
        store(sum + c, load(sum + c) + times * (load(channels + c) * (Real(1) + load(types + c) * both)));
}

/// From normalised environment rows to features; nothing is kept.
template <class Real>
const void* forward(const PackedSeT<Real>& descriptor, int center, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    const int stride = descriptor.stride;
    const PairSwitches<Real> switches(descriptor, rows, workspace);
    Real* sums = workspace.take<Real>(std::size_t(rows.n_atoms) * std::size_t(stride));
    for (int k = 0; k < rows.n_atoms * stride; ++k) sums[k] = Real(0);
    for (const auto& pair : descriptor.pairs) {
        const Workspace::Mark mark = workspace.mark();
        for_each_block(rows, pair.a, pair.b, workspace, [&](const PairBlock<Real>& block) {
            const int n = round_up(block.n_pairs, row_block);
            Real* g = workspace.take<Real>(std::size_t(n) * std::size_t(stride));
            embedding_forward(descriptor.networks[pair.network], n, block.theta, g, workspace);
            block.for_each([&](const PairStrip& strip, int at) {
                for (int k = 0; k < strip.count; ++k)
                    add_channels<Real>(pair, stride, pair.factor * Real(strip.weight(k)) * block.theta[at + k],
                                       switches.of_pair(strip, k), g + std::size_t(at + k) * std::size_t(stride),
                                       sums + strip.atom * stride);
            });
        });
        workspace.release(mark);
    }
    for (int a = 0; a < rows.n_atoms; ++a)
        for (int c = 0; c < descriptor.n_channels; ++c) features.row(a)[c] = sums[a * stride + c];
    append_constants(descriptor, center, rows, features);
    clock.ends(Stage::embedding);
    return nullptr;
}

/// What the energy depends on through the pairs of a block.
template <class Real>
struct BlockSlopes {
    Real *theta, *both;  ///< [pairs_per_block] dE/dtheta; dE/d(w_j w_k)

    explicit BlockSlopes(Workspace& workspace)
        : theta(workspace.take<Real>(pairs_per_block)), both(workspace.take<Real>(pairs_per_block)) {}
};

/// dE/dg [stride] of a pair from d [stride], the gradient of the features, where `factor` is what its channels were
/// multiplied by; returns the products of g [stride] with d, and with d times the types' factors.
template <class Real>
DPMD_HD ValueSlope<Real> channels_backward(const typename PackedSeT<Real>::Pair& pair, int stride, Real factor,
                                           Real both, const Real* d, const Real* g, Real* dg) {
    constexpr int L = lanes<Real>;
    const auto times = broadcast<Vector<Real>>(factor);
    Vector<Real> sum{}, of_types{};
    if (pair.type_factors.empty()) {
        for (int c = 0; c < stride; c += L) {
            sum += load(g + c) * load(d + c);
            store(dg + c, times * load(d + c));
        }
        return {sum_lanes<Real>(sum), Real(0)};
    }
    for (int c = 0; c < stride; c += L) {
        const Vector<Real> types = load(pair.type_factors.data() + c), whole = Real(1) + types * both;
        const Vector<Real> product = load(g + c) * load(d + c);
        sum += product * whole;
        of_types += product * types;
        store(dg + c, times * (load(d + c) * whole));
    }
    return {sum_lanes<Real>(sum), sum_lanes<Real>(of_types)};
}

/// The slopes of the pairs of a block, from the gradient of the features, [n_atoms][stride].
template <class Real>
void block_backward(const PackedSeT<Real>& descriptor, const typename PackedSeT<Real>::Pair& pair,
                    const PairBlock<Real>& block, const PairSwitches<Real>& switches, const Real* d_features,
                    const BlockSlopes<Real>& slopes, Workspace& workspace) {
    const int stride = descriptor.stride, n = round_up(block.n_pairs, row_block);
    const PackedNetwork<Real>& network = descriptor.networks[pair.network];
    const std::size_t size = std::size_t(n) * std::size_t(stride);
    Real* g = workspace.take<Real>(size);
    Real* dg = workspace.take<Real>(size);
    Real* through_net = workspace.take<Real>(std::size_t(n));
    const EmbeddingTape<Real> tape = embedding_forward(network, n, block.theta, g, workspace);
    block.for_each([&](const PairStrip& strip, int at) {
        for (int k = 0; k < strip.count; ++k) {
            const Real weight = pair.factor * Real(strip.weight(k)), factor = weight * block.theta[at + k];
            const std::size_t row = std::size_t(at + k) * std::size_t(stride);
            const ValueSlope<Real> of_pair = channels_backward<Real>(
                pair, stride, factor, switches.of_pair(strip, k), d_features + strip.atom * stride, g + row, dg + row);
            slopes.theta[at + k] = weight * of_pair.value;
            slopes.both[at + k] = factor * of_pair.slope;
        }
    });
    for (std::size_t k = std::size_t(block.n_pairs) * std::size_t(stride); k < size; ++k) dg[k] = Real(0);
    embedding_backward(network, tape, n, block.theta, dg, through_net, workspace);
    for (int k = 0; k < block.n_pairs; ++k) slopes.theta[k] += through_net[k];
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeT<Real>& descriptor, int, const void*, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const int stride = descriptor.stride;
    const PairSwitches<Real> switches(descriptor, rows, workspace);
    Real* d = workspace.take<Real>(std::size_t(rows.n_atoms) * std::size_t(stride));
    for (int a = 0; a < rows.n_atoms; ++a)
        for (int c = 0; c < stride; ++c) d[a * stride + c] = c < descriptor.n_channels ? d_features.row(a)[c] : Real(0);
    clear_gradient(rows, gradient.component);
    for (const auto& pair : descriptor.pairs) {
        const Workspace::Mark mark = workspace.mark();
        for_each_block(rows, pair.a, pair.b, workspace, [&](const PairBlock<Real>& block) {
            const BlockSlopes<Real> slopes(workspace);
            block_backward(descriptor, pair, block, switches, d, slopes, workspace);
            block.for_each([&](const PairStrip& strip, int at) {
                add_pair_gradients(strip, rows, slopes.theta + at, gradient.component);
                switches.add_gradients(strip, slopes.both + at);
            });
        });
        workspace.release(mark);
    }
    switches.finish(descriptor, rows, gradient, workspace);
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
