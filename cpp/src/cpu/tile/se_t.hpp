#pragma once
// se_e3 as trained: networks over the pairs of neighbours of all atoms of a tile, in blocks that stay in cache, and the
// same backwards. The way back runs the networks anew: to keep what they left would take an array of all pairs.
#include "cpu/local/se_t_prepared.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/features.hpp"
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

/// From normalised environment rows to features; nothing is kept.
template <class Real>
const void* forward(const PackedSeT<Real>& descriptor, int, const TileRows<Real>& rows, const Features<Real>& features,
                    Workspace& workspace, StageClock& clock) {
    constexpr int L = lanes<Real>;
    const int stride = descriptor.stride;
    Real* sums = workspace.take<Real>(std::size_t(rows.n_atoms) * std::size_t(stride));
    for (int k = 0; k < rows.n_atoms * stride; ++k) sums[k] = Real(0);
    for (const auto& pair : descriptor.pairs) {
        const Workspace::Mark mark = workspace.mark();
        for_each_block(rows, pair.a, pair.b, workspace, [&](const PairBlock<Real>& block) {
            const int n = round_up(block.n_pairs, row_block);
            Real* g = workspace.take<Real>(std::size_t(n) * std::size_t(stride));
            embedding_forward(pair.network, n, block.theta, g, workspace);
            block.for_each([&](const PairStrip& strip, int at) {
                Real* sum = sums + strip.atom * stride;
                for (int k = 0; k < strip.count; ++k) {
                    const auto factor =
                        broadcast<Vector<Real>>(pair.factor * Real(strip.weight(k)) * block.theta[at + k]);
                    const Real* channels = g + std::size_t(at + k) * std::size_t(stride);
                    for (int c = 0; c < stride; c += L) store(sum + c, load(sum + c) + factor * load(channels + c));
                }
            });
        });
        workspace.release(mark);
    }
    for (int a = 0; a < rows.n_atoms; ++a)
        for (int c = 0; c < descriptor.n_channels; ++c) features.row(a)[c] = sums[a * stride + c];
    clock.ends(Stage::embedding);
    return nullptr;
}

/// slope [n_pairs] = dE/dtheta of the pairs of a block, from the gradient of the features, [n_atoms][stride].
template <class Real>
void block_backward(const typename PackedSeT<Real>::Pair& pair, const PairBlock<Real>& block, const Real* d_features,
                    int stride, Real* slope, Workspace& workspace) {
    constexpr int L = lanes<Real>;
    const int n = round_up(block.n_pairs, row_block);
    const std::size_t size = std::size_t(n) * std::size_t(stride);
    Real* g = workspace.take<Real>(size);
    Real* dg = workspace.take<Real>(size);
    Real* through_net = workspace.take<Real>(std::size_t(n));
    const EmbeddingTape<Real> tape = embedding_forward(pair.network, n, block.theta, g, workspace);
    block.for_each([&](const PairStrip& strip, int at) {
        const Real* d = d_features + strip.atom * stride;
        for (int k = 0; k < strip.count; ++k) {
            const Real weight = pair.factor * Real(strip.weight(k));
            const auto factor = broadcast<Vector<Real>>(weight * block.theta[at + k]);
            const std::size_t row = std::size_t(at + k) * std::size_t(stride);
            Vector<Real> sum{};
            for (int c = 0; c < stride; c += L) {
                sum += load(g + row + c) * load(d + c);
                store(dg + row + c, factor * load(d + c));
            }
            slope[at + k] = weight * sum_lanes<Real>(sum);
        }
    });
    for (std::size_t k = std::size_t(block.n_pairs) * std::size_t(stride); k < size; ++k) dg[k] = Real(0);
    embedding_backward(pair.network, tape, n, block.theta, dg, through_net, workspace);
    for (int k = 0; k < block.n_pairs; ++k) slope[k] += through_net[k];
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeT<Real>& descriptor, int, const void*, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const int stride = descriptor.stride;
    Real* d = workspace.take<Real>(std::size_t(rows.n_atoms) * std::size_t(stride));
    for (int a = 0; a < rows.n_atoms; ++a)
        for (int c = 0; c < stride; ++c) d[a * stride + c] = c < descriptor.n_channels ? d_features.row(a)[c] : Real(0);
    clear_gradient(rows, gradient.component);
    for (const auto& pair : descriptor.pairs) {
        const Workspace::Mark mark = workspace.mark();
        for_each_block(rows, pair.a, pair.b, workspace, [&](const PairBlock<Real>& block) {
            Real* slope = workspace.take<Real>(pairs_per_block);
            block_backward(pair, block, d, stride, slope, workspace);
            block.for_each([&](const PairStrip& strip, int at) {
                add_pair_gradients(strip, rows, slope + at, gradient.component);
            });
        });
        workspace.release(mark);
    }
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
