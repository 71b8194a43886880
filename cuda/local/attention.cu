#include "local/attention.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "nets/layers.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

constexpr int rows_per_block = 8;  // one tile of lanes each
constexpr int queries_per_block = 8, threads_of_queries = queries_per_block * tile_lanes;
/// What an empty slot and a neighbour at the cutoff have as their logit in the smooth form.
constexpr double empty_logit = -20;

template <class Real>
struct AttentionArgs {
    AttentionView<Real> layer;
    AttendingRows<Real> at;
    AttentionTape<Real> tape;
    AttentionScratch<Real> scratch;
    Real* g = nullptr;  ///< [rows][stride]: the layer's input and output, or the gradient
};

template <class Real>
GPU_DEVICE std::int64_t n_rows_of(const AttentionArgs<Real>& args) {
    return args.at.rows.ranges[2 * args.at.n_types + 1];
}

/// One tile of lanes per row. Divides query, key and value by their norms.
template <class Real>
GPU_KERNEL normalise_heads_kernel(AttentionArgs<Real> args) {
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile();
    if (r >= n_rows_of(args)) return;
    const AttentionView<Real>& layer = args.layer;
    for (int part = 0; part < 3; ++part) {
        Real* x = args.tape.heads + r * layer.in.out_stride + part * layer.head_stride;
        Real square(0);
        for (int k = lane(); k < layer.n_hidden; k += tile_lanes) square += x[k] * x[k];
        const Real norm = static_cast<Real>(::sqrt(tile_sum(square)));
        const Real floor = layer.norm_floor;
        const Real inverse = norm > floor ? Real(1) / norm : (floor > Real(0) ? Real(1) / floor : Real(0));
        for (int k = lane(); k < layer.n_hidden; k += tile_lanes) x[k] *= inverse;
        if (lane() == 0) args.tape.inverse_norm[part * args.at.rows.most + r] = inverse;
    }
}

/// The same backwards, in d_heads.
template <class Real>
GPU_KERNEL normalise_heads_backward_kernel(AttentionArgs<Real> args) {
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile();
    if (r >= n_rows_of(args)) return;
    const AttentionView<Real>& layer = args.layer;
    for (int part = 0; part < 3; ++part) {
        const Real* x = args.tape.heads + r * layer.in.out_stride + part * layer.head_stride;
        Real* d = args.scratch.d_heads + r * layer.in.out_stride + part * layer.head_stride;
        const Real inverse = args.tape.inverse_norm[part * args.at.rows.most + r];
        Real along(0);
        // at the floor the divisor is a constant
        if (!(inverse * layer.norm_floor >= Real(1)))
            for (int k = lane(); k < layer.n_hidden; k += tile_lanes) along += x[k] * d[k];
        along = tile_sum(along);
        for (int k = lane(); k < layer.n_hidden; k += tile_lanes) d[k] = (d[k] - along * x[k]) * inverse;
    }
}

/// One tile of lanes per row: g = LN(g + update).
template <class Real>
GPU_KERNEL layer_norm_kernel(AttentionArgs<Real> args) {
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile();
    if (r >= n_rows_of(args)) return;
    const AttentionView<Real>& layer = args.layer;
    const int n = layer.n_channels, stride = args.at.stride;
    Real* x = args.g + r * stride;
    const Real* update = args.scratch.update + r * stride;
    Real sum(0);
    for (int c = lane(); c < n; c += tile_lanes) {
        x[c] += update[c];
        sum += x[c];
    }
    const Real mean = tile_sum(sum) / static_cast<Real>(n);
    Real square(0);
    for (int c = lane(); c < n; c += tile_lanes) square += (x[c] - mean) * (x[c] - mean);
    const Real inverse =
        static_cast<Real>(1 / ::sqrt(double(tile_sum(square) / static_cast<Real>(n) + layer.norm_epsilon)));
    for (int c = lane(); c < n; c += tile_lanes) {
        const Real normal = (x[c] - mean) * inverse;
        args.tape.normal[r * stride + c] = normal;
        x[c] = normal * layer.norm_scale[c] + layer.norm_shift[c];
    }
    if (lane() == 0) args.tape.inverse_deviation[r] = inverse;
}

/// The gradient in place.
template <class Real>
GPU_KERNEL layer_norm_backward_kernel(AttentionArgs<Real> args) {
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile();
    if (r >= n_rows_of(args)) return;
    const AttentionView<Real>& layer = args.layer;
    const int n = layer.n_channels, stride = args.at.stride;
    Real* d = args.g + r * stride;
    const Real* normal = args.tape.normal + r * stride;
    Real sum(0), along(0);
    for (int c = lane(); c < n; c += tile_lanes) {
        d[c] *= layer.norm_scale[c];
        sum += d[c];
        along += d[c] * normal[c];
    }
    const Real mean = tile_sum(sum) / static_cast<Real>(n);
    along = tile_sum(along) / static_cast<Real>(n);
    const Real inverse = args.tape.inverse_deviation[r];
    for (int c = lane(); c < stride; c += tile_lanes)
        d[c] = c < n ? (d[c] - mean - normal[c] * along) * inverse : Real(0);
}

/// One tile of lanes per row: d_mixed.mixed, what the softmax takes off every logit's gradient.
template <class Real>
GPU_KERNEL mixed_along_kernel(AttentionArgs<Real> args) {
    const std::int64_t r = std::int64_t(block_index()) * rows_per_block + tile();
    if (r >= n_rows_of(args)) return;
    Real sum(0);
    for (int k = lane(); k < args.layer.n_hidden; k += tile_lanes)
        sum += args.scratch.d_mixed[r * args.layer.head_stride + k] * args.tape.mixed[r * args.layer.head_stride + k];
    sum = tile_sum(sum);
    if (lane() == 0) args.scratch.along[r] = sum;
}

template <class Real>
GPU_KERNEL fill_ones_kernel(Real* to, std::int64_t n) {
    const std::int64_t k = item();
    if (k < n) to[k] = Real(1);
}

/// The pair of a query and a key, and what stands between them beside the softmax.
template <class Real>
struct Attending {
    Real logit;    ///< in the softmax
    Real plain;    ///< scale q.k
    Real cosine;   ///< 1 where directions do not count
    Real weights;  ///< of both in the smooth form, else 1
    Real factor;   ///< of the softmax value
};

template <class Real>
GPU_DEVICE Attending<Real> attending(const AttentionArgs<Real>& args, std::int64_t q, std::int64_t k, Real dot) {
    const AttendingRows<Real>& at = args.at;
    Attending<Real> out;
    out.plain = dot * args.layer.scale;
    out.weights = at.is_smooth ? at.weight[q] * at.weight[k] : Real(1);
    out.logit = at.is_smooth ? (out.plain - Real(empty_logit)) * out.weights + Real(empty_logit) : out.plain;
    out.cosine = Real(1);
    if (args.layer.dot_directions) {
        out.cosine = Real(0);
        for (int b = 0; b < 3; ++b)
            out.cosine += at.direction[b * at.rows.most + q] * at.direction[b * at.rows.most + k];
    }
    out.factor = args.layer.masks_diagonal && q == k ? Real(0) : out.weights * out.cosine;
    return out;
}

/// 32 rows of an array [rows][stride], n values each, into shared memory with one value between rows.
template <class Real>
GPU_DEVICE void stage_rows(const Real* from, int stride, std::int64_t first, std::int64_t last, int n, Real* chunk) {
    for (int k = thread_index(); k < tile_lanes * n; k += block_threads()) {
        const std::int64_t r = first + k / n;
        chunk[k / n * (n + 1) + k % n] = r < last ? from[r * stride + k % n] : Real(0);
    }
}

template <class Real>
GPU_DEVICE Real dot(const Real* a, const Real* b, int n) {
    Real sum(0);
    for (int h = 0; h < n; ++h) sum += a[h] * b[h];
    return sum;
}

/// sum [n] += the rows of the chunk, each times the weight of one lane.
template <class Real>
GPU_DEVICE void add_weighted_rows(Real weight, const Real* chunk, int n, Real* sum) {
    for (int base = 0; base < n; base += tile_lanes) {
        const int h = base + lane();
        Real mine = h < n ? sum[h] : Real(0);
        for (int other = 0; other < tile_lanes; ++other) {
            const Real w = shuffle(weight, other);
            if (h < n) mine += w * chunk[other * (n + 1) + h];
        }
        if (h < n) sum[h] = mine;
    }
}

constexpr int most_sums = 2;

/// Bytes for the rows that pass by and `n_sums` sums for each query.
template <class Real>
std::size_t attention_shared(int n_hidden, int n_sums) {
    return shared_piece<Real>(std::size_t(tile_lanes) * std::size_t(n_hidden + 1)) +
           std::size_t(n_sums) * shared_piece<Real>(std::size_t(queries_per_block) * std::size_t(n_hidden));
}

/// One block per atom, one tile of lanes per query at a time: softmax over the keys while they pass by, 32 at a time,
/// and the weighted sum of values.
template <class Real>
GPU_KERNEL GPU_BOUNDS(threads_of_queries, 1) attend_kernel(AttentionArgs<Real> args) {
    const AttentionView<Real>& layer = args.layer;
    const AttendingRows<Real>& at = args.at;
    const int H = layer.n_hidden, heads_stride = layer.in.out_stride;
    SharedMemory shared;
    Real* chunk = shared.take<Real>(tile_lanes * (H + 1));
    Real* sum = shared.take<Real>(queries_per_block * H) + tile() * H;
    const std::int64_t begin = at.rows.first[std::int64_t(block_index()) * at.n_types];
    const std::int64_t end = at.rows.first[std::int64_t(block_index() + 1) * at.n_types];
    const int n_empty = at.is_smooth && at.n_keys > end - begin ? at.n_keys - static_cast<int>(end - begin) : 0;
    for (std::int64_t group = begin; group < end; group += queries_per_block) {
        const std::int64_t q = group + tile();
        const bool is_here = q < end;
        // all lanes read the same value of it at a time
        const Real* query = args.tape.heads + (is_here ? q : begin) * heads_stride;
        for (int h = lane(); h < H; h += tile_lanes) sum[h] = Real(0);
        Real largest = n_empty > 0 ? Real(empty_logit) : Real(-1e30), total = static_cast<Real>(n_empty);
        for (std::int64_t first = begin; first < end; first += tile_lanes) {
            sync_block();
            stage_rows(args.tape.heads + layer.head_stride, heads_stride, first, end, H, chunk);
            sync_block();
            const std::int64_t k = first + lane();
            const bool pairs = is_here && k < end;
            const Real product = dot(query, chunk + lane() * (H + 1), H);
            Attending<Real> pair{};
            if (pairs) pair = attending(args, q, k, product);
            Real top = pairs ? pair.logit : largest;
            for (int step = tile_lanes / 2; step > 0; step /= 2) {
                const Real other = shuffle_xor(top, step);
                top = other > top ? other : top;
            }
            top = top > largest ? top : largest;
            const Real shrink = static_cast<Real>(::exp(largest - top));
            const Real p = pairs ? static_cast<Real>(::exp(pair.logit - top)) : Real(0);
            total = total * shrink + tile_sum(p);
            largest = top;
            sync_block();
            stage_rows(args.tape.heads + 2 * layer.head_stride, heads_stride, first, end, H, chunk);
            sync_block();
            const Real weight = p * pair.factor;
            for (int base = 0; base < H; base += tile_lanes) {
                const int h = base + lane();
                Real mine = h < H ? sum[h] * shrink : Real(0);
                for (int other = 0; other < tile_lanes; ++other) {
                    const Real w = shuffle(weight, other);
                    if (h < H) mine += w * chunk[other * (H + 1) + h];
                }
                if (h < H) sum[h] = mine;
            }
        }
        sync_tile();
        if (is_here) {
            const Real inverse = Real(1) / total;
            for (int h = lane(); h < layer.head_stride; h += tile_lanes)
                args.tape.mixed[q * layer.head_stride + h] = h < H ? sum[h] * inverse : Real(0);
            if (lane() == 0) {
                args.tape.largest[q] = largest;
                args.tape.total[q] = total;
            }
        }
    }
}

/// The gradients that rows have in one of their roles. One block per atom, one tile of lanes per row at a time; the
/// others pass by, 32 at a time. `as_key`: the row is the key, and the others are queries.
template <class Real, bool as_key>
GPU_KERNEL GPU_BOUNDS(threads_of_queries, 1) attend_backward_kernel(AttentionArgs<Real> args) {
    const AttentionView<Real>& layer = args.layer;
    const AttendingRows<Real>& at = args.at;
    const int H = layer.n_hidden, heads_stride = layer.in.out_stride, S = layer.head_stride;
    SharedMemory shared;
    Real* chunk = shared.take<Real>(tile_lanes * (H + 1));
    Real* d_own = shared.take<Real>(queries_per_block * H) + tile() * H;  // of the query, or of key and value
    Real* d_value_sum = as_key ? shared.take<Real>(queries_per_block * H) + tile() * H : nullptr;
    const Real* heads = args.tape.heads;
    const std::int64_t begin = at.rows.first[std::int64_t(block_index()) * at.n_types];
    const std::int64_t end = at.rows.first[std::int64_t(block_index() + 1) * at.n_types];
    for (std::int64_t group = begin; group < end; group += queries_per_block) {
        const std::int64_t row = group + tile();
        const bool is_here = row < end;
        // query and gradient of its mixed values, or key and value; all lanes read the same value of them at a time
        const std::int64_t at_row = is_here ? row : begin;
        const Real* own = heads + at_row * heads_stride + (as_key ? S : 0);
        const Real* own_other = as_key ? own + S : args.scratch.d_mixed + at_row * S;
        for (int h = lane(); h < H; h += tile_lanes) {
            d_own[h] = Real(0);
            if (as_key) d_value_sum[h] = Real(0);
        }
        Real d_weight(0), d_direction[3] = {};
        const Real* others = heads + (as_key ? 0 : S);  // queries, or keys
        for (std::int64_t first = begin; first < end; first += tile_lanes) {
            const std::int64_t other = first + lane();
            const bool pairs = is_here && other < end;
            const std::int64_t q = as_key ? other : row, k = as_key ? row : other;
            const auto stage = [&](const Real* from, int stride) {
                sync_block();
                stage_rows(from, stride, first, end, H, chunk);
                sync_block();
            };
            Real d_value(0);  // d_mixed of the query with the value of the key
            if (!as_key) {
                stage(heads + 2 * S, heads_stride);
                d_value = dot(own_other, chunk + lane() * (H + 1), H);
            }
            stage(others, heads_stride);
            const Real product = dot(own, chunk + lane() * (H + 1), H);
            Attending<Real> pair{};
            Real probability(0);
            if (pairs) {
                pair = attending(args, q, k, product);
                probability = static_cast<Real>(::exp(pair.logit - args.tape.largest[q])) / args.tape.total[q];
            }
            if (as_key) {  // d_value waits for the probabilities, so that d_mixed passes by once
                stage(args.scratch.d_mixed, S);
                d_value = dot(own_other, chunk + lane() * (H + 1), H);
                add_weighted_rows(probability * pair.factor, chunk, H, d_value_sum);
                stage(others, heads_stride);
            }
            const Real d_logit = pairs ? probability * (pair.factor * d_value - args.scratch.along[q]) : Real(0);
            if (pairs) {
                const bool masked = layer.masks_diagonal && q == k;
                const Real without = masked ? Real(0) : d_value * probability;
                if (layer.dot_directions)
                    for (int b = 0; b < 3; ++b)
                        d_direction[b] += without * pair.weights * at.direction[b * at.rows.most + other];
                if (at.is_smooth)
                    d_weight += (without * pair.cosine + d_logit * (pair.plain - Real(empty_logit))) * at.weight[other];
            }
            const Real d_product = d_logit * (at.is_smooth ? pair.weights : Real(1)) * layer.scale;
            add_weighted_rows(d_product, chunk, H, d_own);
        }
        sync_tile();
        d_weight = tile_sum(d_weight);
        for (int b = 0; b < 3; ++b) d_direction[b] = tile_sum(d_direction[b]);
        if (!is_here) continue;
        Real* d_heads = args.scratch.d_heads + row * heads_stride;
        for (int h = lane(); h < S; h += tile_lanes) {
            d_heads[h + (as_key ? S : 0)] = h < H ? d_own[h] : Real(0);
            if (as_key) d_heads[h + 2 * S] = h < H ? d_value_sum[h] : Real(0);
        }
        if (lane() == 0) {
            at.d_weight[row] += d_weight;
            for (int b = 0; b < 3; ++b) at.d_direction[b * at.rows.most + row] += d_direction[b];
        }
    }
}

/// One thread per (row, channel): dg += what came through the heads.
template <class Real>
GPU_KERNEL add_through_heads_kernel(AttentionArgs<Real> args) {
    const std::int64_t at = item();
    if (at / args.at.stride >= n_rows_of(args)) return;
    if (at % args.at.stride < args.layer.n_channels) args.g[at] += args.scratch.update[at];
}

template <class Real>
void on_rows(Queue& queue, const char* name, void (*kernel)(AttentionArgs<Real>), const AttentionArgs<Real>& args) {
    const std::int64_t blocks = (args.at.rows.most + rows_per_block - 1) / rows_per_block;
    queue.launch(name, kernel, Grid{static_cast<unsigned>(blocks)}, rows_per_block * tile_lanes, 0, args);
}

template <class Real>
RowRange all_rows(const AttendingRows<Real>& at) {
    return at.rows.of_type(at.n_types);
}

}  // namespace

template <class Real>
AttentionTape<Real>::AttentionTape(Scratch& scratch, const AttentionView<Real>& layer, int stride, std::int64_t n_rows)
    : heads(scratch.take<Real>(n_rows * layer.in.out_stride)),
      inverse_norm(scratch.take<Real>(3 * n_rows)),
      mixed(scratch.take<Real>(n_rows * layer.head_stride)),
      largest(scratch.take<Real>(n_rows)),
      total(scratch.take<Real>(n_rows)),
      normal(scratch.take<Real>(n_rows * stride)),
      inverse_deviation(scratch.take<Real>(n_rows)) {}

template <class Real>
AttentionScratch<Real>::AttentionScratch(Scratch& scratch, const AttentionView<Real>& widest, int stride,
                                         std::int64_t n_rows)
    : slope(scratch.take<Real>(n_rows * std::max(widest.in.out_stride, stride))),
      d_heads(scratch.take<Real>(n_rows * widest.in.out_stride)),
      d_mixed(scratch.take<Real>(n_rows * widest.head_stride)),
      along(scratch.take<Real>(n_rows)),
      update(scratch.take<Real>(n_rows * stride)) {}

void require_attention(const Queue& queue, int n_hidden, bool in_double) {
    const std::size_t most = queue.properties().shared_bytes;
    const std::size_t bytes =
        in_double ? attention_shared<double>(n_hidden, most_sums) : attention_shared<float>(n_hidden, most_sums);
    if (bytes > most)
        throw InputError(concat("attention of width ", n_hidden, " needs ", bytes,
                                " bytes of shared memory, and a block of this GPU can get ", most,
                                in_double ? "; precision mix32 needs half, and the CPU none" : "; it runs on the CPU"));
}

template <class Real>
void attention_forward(GemmTuner& gemm, const AttentionView<Real>& layer, const AttendingRows<Real>& at,
                       const AttentionTape<Real>& tape, const AttentionScratch<Real>& scratch, Real* g) {
    Queue& queue = gemm.queue();
    const AttentionArgs<Real> args{layer, at, tape, scratch, g};
    layer_forward(gemm, layer.in, all_rows(at), g, at.stride, tape.heads, scratch.slope);
    if (layer.normalize) on_rows(queue, "normalise_heads", &normalise_heads_kernel<Real>, args);
    queue.launch("attend", &attend_kernel<Real>, Grid{static_cast<unsigned>(at.n_atoms)}, threads_of_queries,
                 attention_shared<Real>(layer.n_hidden, 1), args);
    layer_forward(gemm, layer.out, all_rows(at), tape.mixed, layer.head_stride, scratch.update, scratch.slope);
    on_rows(queue, "layer_norm", &layer_norm_kernel<Real>, args);
}

template <class Real>
void attention_backward(GemmTuner& gemm, const AttentionView<Real>& layer, const AttendingRows<Real>& at,
                        const AttentionTape<Real>& tape, const AttentionScratch<Real>& scratch, Real* dg) {
    Queue& queue = gemm.queue();
    const AttentionArgs<Real> args{layer, at, tape, scratch, dg};
    const auto fill_ones = [&](int width) {
        queue.for_each("fill_ones", at.rows.most * width, &fill_ones_kernel<Real>, scratch.slope, at.rows.most * width);
    };
    on_rows(queue, "layer_norm_backward", &layer_norm_backward_kernel<Real>, args);
    fill_ones(at.stride);
    layer_backward(gemm, layer.out, all_rows(at), dg, scratch.slope, scratch.d_mixed);
    on_rows(queue, "mixed_along", &mixed_along_kernel<Real>, args);
    const Grid grid{static_cast<unsigned>(at.n_atoms)};
    queue.launch("attend_backward", &attend_backward_kernel<Real, false>, grid, threads_of_queries,
                 attention_shared<Real>(layer.n_hidden, 1), args);
    queue.launch("attend_backward", &attend_backward_kernel<Real, true>, grid, threads_of_queries,
                 attention_shared<Real>(layer.n_hidden, most_sums), args);
    if (layer.normalize) on_rows(queue, "normalise_heads_backward", &normalise_heads_backward_kernel<Real>, args);
    fill_ones(layer.in.out_stride);
    layer_backward(gemm, layer.in, all_rows(at), scratch.d_heads, scratch.slope, scratch.update);
    queue.for_each("add_through_heads", at.rows.most * at.stride, &add_through_heads_kernel<Real>, args);
}

#define DPMD_INSTANTIATE(Real)                                                                           \
    template struct AttentionTape<Real>;                                                                 \
    template struct AttentionScratch<Real>;                                                              \
    template void attention_forward(GemmTuner&, const AttentionView<Real>&, const AttendingRows<Real>&,  \
                                    const AttentionTape<Real>&, const AttentionScratch<Real>&, Real*);   \
    template void attention_backward(GemmTuner&, const AttentionView<Real>&, const AttendingRows<Real>&, \
                                     const AttentionTape<Real>&, const AttentionScratch<Real>&, Real*);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
