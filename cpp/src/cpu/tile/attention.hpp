#pragma once
// Self-attention of the neighbours of one atom (DPA-1), and the same backwards. docs/theory.md has the formulas. What
// belongs to a pair of neighbours is kept for the atoms of a tile, never for more.
#include "core/workspace.hpp"
#include "cpu/local/se_atten_prepared.hpp"
#include "cpu/tile/lane_sums.hpp"
#include "cpu/tile/layer.hpp"
#include "cpu/tile/pack_panels.hpp"
#include "math/elementary.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// What an empty slot and a neighbour at the cutoff have as their logit in the smooth form.
inline constexpr double empty_logit = -20;

/// Rows of an atom are padded to whole micro-tiles and vectors.
template <class Real>
inline constexpr int attending_multiple = row_block > lanes<Real> ? row_block : lanes<Real>;

/// The neighbours of an atom, n of them; rows up to n_rows are zeros.
template <class Real>
struct AttendingRows {
    int n, n_rows;
    int n_empty;  ///< slots that are keys of the smooth form
    bool is_smooth;
    const Real* direction[3];  ///< [n_rows] unit vectors of the normalised rows
    const Real* weight;        ///< [n_rows] the switch
};

/// What a layer keeps for the way back.
template <class Real>
struct AttentionTape {
    Real* heads;              ///< [n_rows][3 head_stride] query, key and value, normalised
    Real* inverse_norm;       ///< [3][n_rows] of them
    Real* logit;              ///< [n_rows][key_stride] scale q.k
    Real* probability;        ///< [n_rows][key_stride] the softmax
    Real* normal;             ///< [n_rows][stride] output of the layer normalisation before scale and shift
    Real* inverse_deviation;  ///< [n_rows]
    int key_stride;
};

/// Gradients that the layers of an atom add up.
template <class Real>
struct AttentionGradient {
    Real* weight;        ///< [n_rows]
    Real* direction[3];  ///< [n_rows]
};

/// The sum of the products of two rows, whose values beyond n are zeros up to a whole vector.
template <class Real>
DPMD_HD Real dot_rows(int n, const Real* a, const Real* b) {
    Vector<Real> sum{};
    for (int k = 0; k < n; k += lanes<Real>) sum += load(a + k) * load(b + k);
    return sum_lanes<Real>(sum);
}

/// Divides each row of n values by its norm, or by the floor; `inverse` gets what it was multiplied by.
template <class Real>
void normalise_heads(int rows, int n, int stride, Real floor, Real* x, Real* inverse) {
    for (int r = 0; r < rows; ++r) {
        Real* row = x + std::size_t(r) * std::size_t(stride);
        const Real norm = __builtin_sqrt(dot_rows(n, row, row));
        inverse[r] = norm > floor ? Real(1) / norm : (floor > Real(0) ? Real(1) / floor : Real(0));
        for (int k = 0; k < n; k += lanes<Real>) store(row + k, load(row + k) * inverse[r]);
    }
}

/// dx of such rows from the gradient of the normalised ones, in place.
template <class Real>
void normalise_heads_backward(int rows, int n, int stride, Real floor, const Real* x, const Real* inverse,
                              Real* gradient) {
    for (int r = 0; r < rows; ++r) {
        const Real* row = x + std::size_t(r) * std::size_t(stride);
        Real* g = gradient + std::size_t(r) * std::size_t(stride);
        // at the floor the divisor is a constant
        const Real along = inverse[r] * floor >= Real(1) ? Real(0) : dot_rows(n, row, g);
        for (int k = 0; k < n; k += lanes<Real>) store(g + k, (load(g + k) - along * load(row + k)) * inverse[r]);
    }
}

/// The cosines of the angles between a query and the keys [k, k + lanes), or ones.
template <class Real>
DPMD_HD Vector<Real> cosines(const PackedAttention<Real>& layer, const AttendingRows<Real>& at, int q, int k) {
    if (!layer.dot_directions) return broadcast<Vector<Real>>(Real(1));
    return at.direction[0][q] * load(at.direction[0] + k) + at.direction[1][q] * load(at.direction[1] + k) +
           at.direction[2][q] * load(at.direction[2] + k);
}

/// The weights of both in the smooth form, else ones.
template <class Real>
DPMD_HD Vector<Real> weights_of(const AttendingRows<Real>& at, int q, int k) {
    return at.is_smooth ? at.weight[q] * load(at.weight + k) : broadcast<Vector<Real>>(Real(1));
}

/// The softmax of a row of logits over its keys; in the smooth form with the logits of empty slots and weights.
template <class Real>
void softmax_row(const AttendingRows<Real>& at, int q, const Real* logit, int stride, Real* to) {
    constexpr int L = lanes<Real>;
    const Real away = Real(-empty_logit);
    const bool has_empty_keys = at.is_smooth && at.n_empty > 0;
    for (int k = 0; k < stride; k += L) {
        const Vector<Real> x = load(logit + k);
        store(to + k, at.is_smooth ? (x + away) * weights_of(at, q, k) - away : x);
    }
    Real largest = has_empty_keys ? -away : to[0];
    for (int k = 0; k < at.n; ++k) largest = to[k] > largest ? to[k] : largest;
    for (int k = at.n; k < stride; ++k) to[k] = largest - Real(1e4);
    Vector<Real> sum{};
    for (int k = 0; k < stride; k += L) {
        const Vector<Real> e = exp_of_negative<Vector<Real>>(load(to + k) - largest);
        store(to + k, e);
        sum += e;
    }
    Real total = sum_lanes<Real>(sum);
    if (has_empty_keys) total += static_cast<Real>(at.n_empty) * exp_of_negative<Real>(-away - largest);
    const Real inverse = Real(1) / total;
    for (int k = 0; k < stride; k += L) store(to + k, load(to + k) * inverse);
    for (int k = at.n; k < stride; ++k) to[k] = Real(0);
}

/// What a row of softmax values weighs the values by: with the weights of the smooth form, the cosines and the mask.
template <class Real>
void weigh_row(const PackedAttention<Real>& layer, const AttendingRows<Real>& at, int q, const Real* probability,
               int stride, Real* to) {
    for (int k = 0; k < stride; k += lanes<Real>)
        store(to + k, load(probability + k) * weights_of(at, q, k) * cosines(layer, at, q, k));
    if (layer.masks_diagonal) to[q] = Real(0);
}

/// y = scale (x - mean) / sqrt(variance + epsilon) + shift over n channels of each row, in place; zeros beyond.
template <class Real>
void layer_norm(const PackedAttention<Real>& layer, int rows, int n, int stride, Real* x,
                const AttentionTape<Real>& tape) {
    constexpr int L = lanes<Real>;
    for (int r = 0; r < rows; ++r) {
        Real* row = x + std::size_t(r) * std::size_t(stride);
        Real* normal = tape.normal + std::size_t(r) * std::size_t(stride);
        Vector<Real> sum{}, square{};
        for (int c = n; c < stride; ++c) row[c] = Real(0);
        for (int c = 0; c < stride; c += L) sum += load(row + c);
        const Real mean = sum_lanes<Real>(sum) / static_cast<Real>(n);
        for (int c = n; c < stride; ++c) row[c] = mean;
        for (int c = 0; c < stride; c += L) {
            const Vector<Real> away = load(row + c) - mean;
            square += away * away;
        }
        const Real variance = sum_lanes<Real>(square) / static_cast<Real>(n);
        const Real inverse = Real(1) / Real(__builtin_sqrt(variance + layer.norm_epsilon));
        tape.inverse_deviation[r] = inverse;
        for (int c = 0; c < stride; c += L) {
            const Vector<Real> away = (load(row + c) - mean) * inverse;
            store(normal + c, away);
            store(row + c, away * load(layer.norm_scale.data() + c) + load(layer.norm_shift.data() + c));
        }
    }
}

/// The gradient in place.
template <class Real>
void layer_norm_backward(const PackedAttention<Real>& layer, int rows, int n, int stride,
                         const AttentionTape<Real>& tape, Real* gradient) {
    constexpr int L = lanes<Real>;
    for (int r = 0; r < rows; ++r) {
        Real* g = gradient + std::size_t(r) * std::size_t(stride);
        const Real* normal = tape.normal + std::size_t(r) * std::size_t(stride);
        Vector<Real> sum{}, product{};
        for (int c = 0; c < stride; c += L) {
            const Vector<Real> d = load(g + c) * load(layer.norm_scale.data() + c);
            store(g + c, d);
            sum += d;
            product += d * load(normal + c);
        }
        const Real mean = sum_lanes<Real>(sum) / static_cast<Real>(n);
        const Real along = sum_lanes<Real>(product) / static_cast<Real>(n);
        for (int c = 0; c < stride; c += L)
            store(g + c, (load(g + c) - mean - load(normal + c) * along) * tape.inverse_deviation[r]);
        for (int c = n; c < stride; ++c) g[c] = Real(0);
    }
}

/// One layer over g [n_rows][stride], in place.
template <class Real>
AttentionTape<Real> attention_forward(const PackedAttention<Real>& layer, const AttendingRows<Real>& at, int n_channels,
                                      int stride, Real* g, Workspace& workspace) {
    const int heads_stride = layer.in.out_stride, H = layer.head_stride, rows = at.n_rows;
    const auto n = std::size_t(rows);
    AttentionTape<Real> tape;
    tape.key_stride = round_up(at.n, lanes<Real>);
    tape.heads = workspace.take<Real>(n * std::size_t(heads_stride));
    tape.inverse_norm = workspace.take<Real>(3 * n);
    tape.logit = workspace.take<Real>(n * std::size_t(tape.key_stride));
    tape.probability = workspace.take<Real>(n * std::size_t(tape.key_stride));
    tape.normal = workspace.take<Real>(n * std::size_t(stride));
    tape.inverse_deviation = workspace.take<Real>(n);
    const Workspace::Mark mark = workspace.mark();

    Real* none = nullptr;
    layer_forward(layer.in.layers[0], rows, g, stride, tape.heads, none, workspace);
    for (int part = 0; part < 3 && layer.normalize; ++part)
        normalise_heads(rows, layer.n_hidden, heads_stride, layer.norm_floor, tape.heads + part * H,
                        tape.inverse_norm + part * rows);
    const Real *key = tape.heads + H, *value = tape.heads + 2 * H;
    gemm<Real>(rows, tape.heads, heads_stride, pack_transposed(key, layer.n_hidden, at.n, heads_stride, workspace),
               nullptr, tape.logit, tape.key_stride);
    for (std::size_t k = 0; k < n * std::size_t(tape.key_stride); ++k) tape.logit[k] *= layer.scale;
    Real* weights = workspace.take<Real>(n * std::size_t(tape.key_stride));
    for (int q = 0; q < at.n; ++q) {
        const std::size_t row = std::size_t(q) * std::size_t(tape.key_stride);
        softmax_row(at, q, tape.logit + row, tape.key_stride, tape.probability + row);
        weigh_row(layer, at, q, tape.probability + row, tape.key_stride, weights + row);
    }
    for (std::size_t k = std::size_t(at.n) * std::size_t(tape.key_stride); k < n * std::size_t(tape.key_stride); ++k)
        weights[k] = Real(0);
    Real* mixed = workspace.take<Real>(n * std::size_t(H));
    gemm<Real>(rows, weights, tape.key_stride, pack_matrix(value, at.n, layer.n_hidden, heads_stride, workspace),
               nullptr, mixed, H);
    Real* update = workspace.take<Real>(n * std::size_t(stride));
    layer_forward(layer.out.layers[0], rows, mixed, H, update, none, workspace);
    for (std::size_t k = 0; k < n * std::size_t(stride); ++k) g[k] += update[k];
    layer_norm(layer, rows, n_channels, stride, g, tape);
    workspace.release(mark);
    return tape;
}

/// From the gradient of a row of weights to that of the products of query and keys; adds those of the switch and of the
/// directions. A masked place has no gradient.
template <class Real>
void logits_backward_row(const PackedAttention<Real>& layer, const AttendingRows<Real>& at, int q,
                         const AttentionTape<Real>& tape, Real* d_weights, Real* d_logit,
                         const AttentionGradient<Real>& gradient) {
    constexpr int L = lanes<Real>;
    using V = Vector<Real>;
    const int keys = tape.key_stride;
    const Real* probability = tape.probability + std::size_t(q) * std::size_t(keys);
    const Real* logit = tape.logit + std::size_t(q) * std::size_t(keys);
    if (layer.masks_diagonal) d_weights[q] = Real(0);
    V along{};
    for (int k = 0; k < keys; k += L) {
        const V d = load(d_weights + k) * weights_of(at, q, k) * cosines(layer, at, q, k);  // of the probability
        store(d_logit + k, d);
        along += d * load(probability + k);
    }
    const Real sum = sum_lanes<Real>(along);
    V own_weight{}, own_direction[3] = {};
    for (int k = 0; k < keys; k += L) {
        const V p = load(probability + k), without_factor = load(d_weights + k) * p;
        const V cosine = cosines(layer, at, q, k), weights = weights_of(at, q, k);
        const V d = p * (load(d_logit + k) - sum);
        store(d_logit + k, d * weights * layer.scale);
        if (layer.dot_directions) {
            const V d_cosine = without_factor * weights;
            for (int b = 0; b < 3; ++b) {
                own_direction[b] += d_cosine * load(at.direction[b] + k);
                Real* other = gradient.direction[b] + k;
                store(other, load(other) + d_cosine * at.direction[b][q]);
            }
        }
        if (!at.is_smooth) continue;
        const V d_weight = without_factor * cosine + d * (load(logit + k) - Real(empty_logit));
        own_weight += d_weight * load(at.weight + k);
        store(gradient.weight + k, load(gradient.weight + k) + d_weight * at.weight[q]);
    }
    gradient.weight[q] += sum_lanes<Real>(own_weight);
    for (int b = 0; b < 3; ++b) gradient.direction[b][q] += sum_lanes<Real>(own_direction[b]);
}

/// From the gradient of the layer's output to that of its input, in place; adds the gradients of weights and
/// directions.
template <class Real>
void attention_backward(const PackedAttention<Real>& layer, const AttendingRows<Real>& at, int n_channels, int stride,
                        const AttentionTape<Real>& tape, Real* dg, const AttentionGradient<Real>& gradient,
                        Workspace& workspace) {
    const int heads_stride = layer.in.out_stride, H = layer.head_stride, rows = at.n_rows, keys = tape.key_stride;
    const auto n = std::size_t(rows);
    const Workspace::Mark mark = workspace.mark();
    const Real *query = tape.heads, *key = tape.heads + H, *value = tape.heads + 2 * H;
    layer_norm_backward(layer, rows, n_channels, stride, tape, dg);

    Real* ones = workspace.take<Real>(n * std::size_t(stride > heads_stride ? stride : heads_stride));
    for (std::size_t k = 0; k < n * std::size_t(stride > heads_stride ? stride : heads_stride); ++k) ones[k] = Real(1);
    Real* d_mixed = workspace.take<Real>(n * std::size_t(H));
    layer_backward(layer.out.layers[0], rows, dg, ones, d_mixed, workspace);

    // of the weights of values, and from these of probabilities, weights and directions
    Real* d_weights = workspace.take<Real>(n * std::size_t(keys));
    gemm<Real>(rows, d_mixed, H, pack_transposed(value, layer.n_hidden, at.n, heads_stride, workspace), nullptr,
               d_weights, keys);
    Real* transposed = workspace.take<Real>(n * std::size_t(rows));  // of weights, [key][query]
    Real* d_logit = workspace.take<Real>(n * std::size_t(keys));
    Real* weights = workspace.take<Real>(std::size_t(keys));
    for (std::size_t k = 0; k < n * std::size_t(rows); ++k) transposed[k] = Real(0);
    for (std::size_t k = std::size_t(at.n) * std::size_t(keys); k < n * std::size_t(keys); ++k) d_logit[k] = Real(0);
    for (int q = 0; q < at.n; ++q) {
        const std::size_t row = std::size_t(q) * std::size_t(keys);
        weigh_row(layer, at, q, tape.probability + row, keys, weights);
        for (int k = 0; k < at.n; ++k) transposed[std::size_t(k) * n + std::size_t(q)] = weights[k];
        logits_backward_row(layer, at, q, tape, d_weights + row, d_logit + row, gradient);
    }
    Real* d_heads = workspace.take<Real>(n * std::size_t(heads_stride));
    for (std::size_t k = 0; k < n * std::size_t(heads_stride); ++k) d_heads[k] = Real(0);
    gemm<Real>(rows, d_logit, keys, pack_matrix(key, at.n, layer.n_hidden, heads_stride, workspace), nullptr, d_heads,
               heads_stride);
    gemm<Real>(rows, transposed, rows, pack_matrix(d_mixed, at.n, layer.n_hidden, H, workspace), nullptr,
               d_heads + 2 * H, heads_stride);
    for (int q = 0; q < rows; ++q)
        for (int k = 0; k < rows; ++k)
            transposed[std::size_t(k) * n + std::size_t(q)] =
                k < keys ? d_logit[std::size_t(q) * std::size_t(keys) + std::size_t(k)] : Real(0);
    gemm<Real>(rows, transposed, rows, pack_matrix(query, at.n, layer.n_hidden, heads_stride, workspace), nullptr,
               d_heads + H, heads_stride);
    for (int part = 0; part < 3 && layer.normalize; ++part)
        normalise_heads_backward(rows, layer.n_hidden, heads_stride, layer.norm_floor, tape.heads + part * H,
                                 tape.inverse_norm + part * rows, d_heads + part * H);
    Real* through_heads = workspace.take<Real>(n * std::size_t(layer.in.layers[0].in_stride));
    layer_backward(layer.in.layers[0], rows, d_heads, ones, through_heads, workspace);
    for (int r = 0; r < at.n; ++r)
        for (int c = 0; c < n_channels; ++c)
            dg[std::size_t(r) * std::size_t(stride) + std::size_t(c)] +=
                through_heads[std::size_t(r) * std::size_t(layer.in.layers[0].in_stride) + std::size_t(c)];
    workspace.release(mark);
}

}  // namespace dpmd::cpu::DPMD_ISA
