#pragma once
// Self-attention of the neighbours of one atom (DPA-1), and the same backwards. docs/theory.md has the formulas. What
// belongs to a pair of neighbours is kept for the atoms of a tile, never for more.
#include "core/workspace.hpp"
#include "cpu/local/se_atten_prepared.hpp"
#include "cpu/tile/layer.hpp"
#include "cpu/tile/pack_panels.hpp"
#include "math/elementary.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// What an empty slot and a neighbour at the cutoff have as their logit in the smooth form.
inline constexpr double empty_logit = -20;

/// The neighbours of an atom, n of them; rows up to n_rows, a multiple of row_block, are zeros.
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

/// Divides each row of n values by its norm, or by the floor; `inverse` gets what it was multiplied by.
template <class Real>
void normalise_heads(int rows, int n, int stride, Real floor, Real* x, Real* inverse) {
    for (int r = 0; r < rows; ++r) {
        Real* row = x + std::size_t(r) * std::size_t(stride);
        Real square(0);
        for (int k = 0; k < n; ++k) square += row[k] * row[k];
        const Real norm = __builtin_sqrt(square);
        inverse[r] = norm > floor ? Real(1) / norm : (floor > Real(0) ? Real(1) / floor : Real(0));
        for (int k = 0; k < n; ++k) row[k] *= inverse[r];
    }
}

/// dx of such rows from the gradient of the normalised ones, in place.
template <class Real>
void normalise_heads_backward(int rows, int n, int stride, Real floor, const Real* x, const Real* inverse,
                              Real* gradient) {
    for (int r = 0; r < rows; ++r) {
        const Real* row = x + std::size_t(r) * std::size_t(stride);
        Real* g = gradient + std::size_t(r) * std::size_t(stride);
        Real along(0);
        // at the floor the divisor is a constant
        if (!(inverse[r] * floor >= Real(1)))
            for (int k = 0; k < n; ++k) along += row[k] * g[k];
        for (int k = 0; k < n; ++k) g[k] = (g[k] - along * row[k]) * inverse[r];
    }
}

/// The softmax of each row of logits over its keys; in the smooth form with the logits of empty slots and weights.
template <class Real>
void softmax(const AttendingRows<Real>& at, const Real* logit, int stride, Real* out) {
    constexpr int L = lanes<Real>;
    const Real away = Real(-empty_logit);
    const bool has_empty_keys = at.is_smooth && at.n_empty > 0;
    for (int q = 0; q < at.n_rows; ++q) {
        const Real* from = logit + std::size_t(q) * std::size_t(stride);
        Real* to = out + std::size_t(q) * std::size_t(stride);
        if (q >= at.n) {
            for (int k = 0; k < stride; ++k) to[k] = Real(0);
            continue;
        }
        for (int k = 0; k < at.n; ++k)
            to[k] = at.is_smooth ? (from[k] + away) * (at.weight[q] * at.weight[k]) - away : from[k];
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
        for (int k = 0; k < stride; ++k) to[k] *= inverse;
        for (int k = at.n; k < stride; ++k) to[k] = Real(0);
    }
}

/// What a softmax value is multiplied by before it weighs a value: the weights of the smooth form, the cosine, the
/// mask.
template <class Real>
DPMD_HD Real factor_of(const PackedAttention<Real>& layer, const AttendingRows<Real>& at, int q, int k) {
    if (layer.masks_diagonal && q == k) return Real(0);
    Real factor(1);
    if (at.is_smooth) factor = at.weight[q] * at.weight[k];
    if (layer.dot_directions)
        factor *= at.direction[0][q] * at.direction[0][k] + at.direction[1][q] * at.direction[1][k] +
                  at.direction[2][q] * at.direction[2][k];
    return factor;
}

/// y = scale (x - mean) / sqrt(variance + epsilon) + shift over n channels of each row, in place.
template <class Real>
void layer_norm(const PackedAttention<Real>& layer, int rows, int n, int stride, Real* x,
                const AttentionTape<Real>& tape) {
    for (int r = 0; r < rows; ++r) {
        Real* row = x + std::size_t(r) * std::size_t(stride);
        Real* normal = tape.normal + std::size_t(r) * std::size_t(stride);
        Real mean(0), square(0);
        for (int c = 0; c < n; ++c) mean += row[c];
        mean /= static_cast<Real>(n);
        for (int c = 0; c < n; ++c) square += (row[c] - mean) * (row[c] - mean);
        tape.inverse_deviation[r] = Real(1) / Real(__builtin_sqrt(square / static_cast<Real>(n) + layer.norm_epsilon));
        for (int c = 0; c < n; ++c) {
            normal[c] = (row[c] - mean) * tape.inverse_deviation[r];
            row[c] = normal[c] * layer.norm_scale[std::size_t(c)] + layer.norm_shift[std::size_t(c)];
        }
        for (int c = n; c < stride; ++c) row[c] = Real(0);
    }
}

/// The gradient in place.
template <class Real>
void layer_norm_backward(const PackedAttention<Real>& layer, int rows, int n, int stride,
                         const AttentionTape<Real>& tape, Real* gradient) {
    for (int r = 0; r < rows; ++r) {
        Real* g = gradient + std::size_t(r) * std::size_t(stride);
        const Real* normal = tape.normal + std::size_t(r) * std::size_t(stride);
        Real mean(0), along(0);
        for (int c = 0; c < n; ++c) {
            g[c] *= layer.norm_scale[std::size_t(c)];
            mean += g[c];
            along += g[c] * normal[c];
        }
        mean /= static_cast<Real>(n);
        along /= static_cast<Real>(n);
        for (int c = 0; c < n; ++c) g[c] = (g[c] - mean - normal[c] * along) * tape.inverse_deviation[r];
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
    softmax(at, tape.logit, tape.key_stride, tape.probability);

    Real* weights = workspace.take<Real>(n * std::size_t(tape.key_stride));
    for (int q = 0; q < rows; ++q)
        for (int k = 0; k < tape.key_stride; ++k) {
            const std::size_t place = std::size_t(q) * std::size_t(tape.key_stride) + std::size_t(k);
            weights[place] = q < at.n && k < at.n ? tape.probability[place] * factor_of(layer, at, q, k) : Real(0);
        }
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
    for (std::size_t k = 0; k < n * std::size_t(rows); ++k) transposed[k] = Real(0);
    for (std::size_t k = 0; k < n * std::size_t(keys); ++k) d_logit[k] = Real(0);
    for (int q = 0; q < at.n; ++q) {
        const std::size_t row = std::size_t(q) * std::size_t(keys);
        const Real* p = tape.probability + row;
        Real* d_probability = d_logit + row;
        Real sum(0);
        for (int k = 0; k < at.n; ++k) {
            const Real factor = factor_of(layer, at, q, k);
            transposed[std::size_t(k) * n + std::size_t(q)] = p[k] * factor;
            const Real d = d_weights[row + std::size_t(k)];
            d_probability[k] = d * factor;
            sum += d_probability[k] * p[k];
            if (layer.masks_diagonal && q == k) continue;
            Real without_direction = d * p[k];
            if (layer.dot_directions) {
                Real cosine(0);
                for (int b = 0; b < 3; ++b) cosine += at.direction[b][q] * at.direction[b][k];
                const Real d_cosine = without_direction * (at.is_smooth ? at.weight[q] * at.weight[k] : Real(1));
                for (int b = 0; b < 3; ++b) {
                    gradient.direction[b][q] += d_cosine * at.direction[b][k];
                    gradient.direction[b][k] += d_cosine * at.direction[b][q];
                }
                without_direction *= cosine;
            }
            if (at.is_smooth) {
                gradient.weight[q] += without_direction * at.weight[k];
                gradient.weight[k] += without_direction * at.weight[q];
            }
        }
        for (int k = 0; k < at.n; ++k) {
            Real d = p[k] * (d_probability[k] - sum);  // of the logit in the softmax
            if (at.is_smooth) {
                const Real scaled = d * (tape.logit[row + std::size_t(k)] - Real(empty_logit));
                gradient.weight[q] += scaled * at.weight[k];
                gradient.weight[k] += scaled * at.weight[q];
                d *= at.weight[q] * at.weight[k];
            }
            d_logit[row + std::size_t(k)] = d * layer.scale;
        }
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
