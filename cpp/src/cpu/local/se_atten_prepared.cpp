#include "cpu/local/se_atten_prepared.hpp"

#include <algorithm>
#include <cmath>

namespace dpmd::cpu {
namespace {

template <class Real>
void copy_to(const std::vector<double>& values, Array<Real>& out, int size) {
    out.resize_discard(std::size_t(size));
    out.fill(Real(0));
    std::transform(values.begin(), values.end(), out.begin(), [](double x) { return static_cast<Real>(x); });
}

/// A linear layer as a network, with groups of its outputs that begin at multiples of `group_stride`.
Network linear(const std::vector<double>& weight, const std::vector<double>& bias, int n_in, int n_groups, int n,
               int group_stride) {
    Layer layer;
    layer.n_in = n_in;
    layer.n_out = n_groups * group_stride;
    layer.weight.assign(std::size_t(n_in) * std::size_t(layer.n_out), 0.0);
    layer.bias.assign(std::size_t(layer.n_out), 0.0);
    for (int group = 0; group < n_groups; ++group)
        for (int c = 0; c < n; ++c) {
            const auto from = std::size_t(group * n + c), to = std::size_t(group * group_stride + c);
            layer.bias[to] = bias[from];
            for (std::size_t k = 0; k < std::size_t(n_in); ++k)
                layer.weight[k * std::size_t(layer.n_out) + to] = weight[k * std::size_t(n_groups * n) + from];
        }
    Network out;
    out.layers.push_back(std::move(layer));
    return out;
}

template <class Real>
PackedAttention<Real> pack_attention(const AttentionLayer& from, int stride, const Packing<Real>& packing) {
    PackedAttention<Real> out;
    out.n_hidden = from.n_hidden;
    out.head_stride = round_up(from.n_hidden, packing.lanes());
    const HalfLayers half{0, packing.in_half ? 1 : 0, packing.unit};
    const KernelShape& shape = packing.kernels.shape;
    out.in = PackedNetwork<Real>(
        linear(from.in_weight, from.in_bias, from.n_channels, 3, from.n_hidden, out.head_stride), shape, half);
    out.out = PackedNetwork<Real>(
        linear(from.out_weight, from.out_bias, from.n_hidden, 1, from.n_channels, from.n_channels), shape, half);
    copy_to(from.norm_scale, out.norm_scale, stride);
    copy_to(from.norm_shift, out.norm_shift, stride);
    out.norm_epsilon = static_cast<Real>(from.norm_epsilon);
    out.norm_floor = static_cast<Real>(from.norm_floor);
    out.scale = static_cast<Real>(from.scale);
    out.normalize = from.normalize;
    out.dot_directions = from.dot_directions;
    out.masks_diagonal = from.masks_diagonal;
    return out;
}

/// What a row that attends to nothing, and to which nothing attends, becomes: LN(g + b) layer by layer.
void pass_alone(const std::vector<AttentionLayer>& layers, std::vector<double>& g) {
    const auto n = double(g.size());
    for (const AttentionLayer& layer : layers) {
        double mean = 0, square = 0;
        for (std::size_t c = 0; c < g.size(); ++c) mean += (g[c] += layer.out_bias[c]) / n;
        for (const double x : g) square += (x - mean) * (x - mean) / n;
        const double inverse = 1 / std::sqrt(square + layer.norm_epsilon);
        for (std::size_t c = 0; c < g.size(); ++c)
            g[c] = (g[c] - mean) * inverse * layer.norm_scale[c] + layer.norm_shift[c];
    }
}

/// What single rows show, by the types that enter.
template <class Real>
class SingleRows {
public:
    SingleRows(const SeAtten& from, const PackedSeAtten<Real>& packed, const Packing<Real>& packing)
        : from_(from), packed_(packed), packing_(packing) {
        if (from.type_network) type_network_ = packing.embedding(*from.type_network);
    }

    /// t of a pair, where n_types means padding.
    std::vector<double> factors(int center, int neighbor) const {
        const auto n = std::size_t(from_.n_channels());
        if (!from_.type_network) {
            const int row = from_.type_one_side ? neighbor : center * (from_.n_types() + 1) + neighbor;
            const auto first = from_.type_factors.begin() + std::ptrdiff_t(std::size_t(row) * n);
            return {first, first + std::ptrdiff_t(n)};
        }
        std::vector<double> inputs;
        append_types(center, neighbor, inputs);
        const std::vector<Real> t = packing_.value(type_network_, inputs);
        return {t.begin(), t.begin() + std::ptrdiff_t(n)};
    }

    /// G of a row with this radial component and the switch at 0, after all layers of attention.
    std::vector<double> value(double row, int center, int neighbor) const {
        const auto n = std::size_t(from_.n_channels());
        std::vector<double> inputs{row};
        if (from_.type_input == SeAtten::TypeInput::concat) append_types(center, neighbor, inputs);
        const std::vector<Real> plain = packing_.value(packed_.network, inputs);
        std::vector<double> out(plain.begin(), plain.begin() + std::ptrdiff_t(n));
        if (from_.type_input == SeAtten::TypeInput::strip && !from_.smooth) {
            const std::vector<double> t = factors(center, neighbor);
            for (std::size_t c = 0; c < n; ++c) out[c] *= 1 + t[c];
        }
        pass_alone(from_.attention, out);
        return out;
    }

private:
    /// [T_j, T_i] or [T_j]
    void append_types(int center, int neighbor, std::vector<double>& to) const {
        const double* of_neighbor = from_.embedding_of_type(neighbor);
        to.insert(to.end(), of_neighbor, of_neighbor + from_.type_width);
        if (from_.type_one_side) return;
        const double* of_center = from_.embedding_of_type(center);
        to.insert(to.end(), of_center, of_center + from_.type_width);
    }

    const SeAtten& from_;
    const PackedSeAtten<Real>& packed_;
    const Packing<Real>& packing_;
    PackedNetwork<Real> type_network_;
};

/// The types that an empty slot may have in the type embedding: those of slots, of first atoms, or padding alone.
std::vector<int> types_of_empty_slots(const SeAtten& from) {
    switch (from.empty_slots) {
        case SeAtten::EmptySlots::none: return {};
        case SeAtten::EmptySlots::padding: return {from.n_types()};
        case SeAtten::EmptySlots::first_atom:
        case SeAtten::EmptySlots::section: break;
    }
    std::vector<int> all;
    for (int t = 0; t < from.n_types(); ++t) all.push_back(t);
    return all;
}

template <class Real>
void pack_empty_slots(const SeAtten& from, const SingleRows<Real>& rows, PackedSeAtten<Real>& out) {
    const Environment& environment = from.environment;
    const std::vector<int> types = types_of_empty_slots(from);
    const bool has_any =
        std::any_of(environment.shift.begin(), environment.shift.end(), [](double x) { return x != 0; });
    if (types.empty() || !has_any) return;
    const auto stride = std::size_t(out.stride);
    out.empty_slot.resize_discard(types.size() * std::size_t(out.n_types) * stride);
    out.empty_slot.fill(Real(0));
    Real* to = out.empty_slot.data();
    for (const int type : types)
        for (int i = 0; i < out.n_types; ++i, to += stride) {
            const double row = -environment.shift_of(i) / environment.scale_of(i);
            const std::vector<double> g = rows.value(row, i, type);
            std::transform(g.begin(), g.end(), to, [&](double x) { return static_cast<Real>(row * x); });
        }
    out.depends_on_first_atom = from.empty_slots == SeAtten::EmptySlots::first_atom;
    out.slots_by_type = from.empty_slots == SeAtten::EmptySlots::section;
}

/// TensorFlow takes the row of an excluded neighbour back to before its normalisation: it is the shift in all four
/// components.
template <class Real>
void pack_excluded_rows(const SeAtten& from, const SingleRows<Real>& rows, PackedSeAtten<Real>& out) {
    const Environment& environment = from.environment;
    if (from.excluded_rows == SeAtten::ExcludedRows::zero || environment.exclude_types.empty()) return;
    const auto stride = std::size_t(out.stride);
    out.excluded_row.resize_discard(std::size_t(out.n_types) * std::size_t(out.n_types) * 4 * stride);
    out.excluded_row.fill(Real(0));
    for (int i = 0; i < out.n_types; ++i)
        for (int j = 0; j < out.n_types; ++j) {
            if (!holds_pair(environment.exclude_types, i, j)) continue;
            const double row = environment.shift_of(i);
            const std::vector<double> g = rows.value(row, i, j);
            Real* to = out.excluded_row.data() + std::size_t(i * out.n_types + j) * 4 * stride;
            for (std::size_t k = 0; k < 4; ++k)
                for (std::size_t c = 0; c < g.size(); ++c) to[k * stride + c] = static_cast<Real>(row * g[c]);
        }
}

template <class Real>
void pack_factors(const SeAtten& from, const SingleRows<Real>& rows, PackedSeAtten<Real>& out) {
    if (!out.is_strip) return;
    const int n_rows = out.is_one_side ? 1 : out.n_types;
    out.type_factors.resize_discard(std::size_t(n_rows * out.n_types) * std::size_t(out.stride));
    out.type_factors.fill(Real(0));
    Real* to = out.type_factors.data();
    for (int i = 0; i < n_rows; ++i)
        for (int j = 0; j < from.n_types(); ++j, to += out.stride) {
            const std::vector<double> t = rows.factors(i, j);
            std::transform(t.begin(), t.end(), to, [](double x) { return static_cast<Real>(x); });
        }
}

}  // namespace

template <class Real>
PackedSeAtten<Real> prepare(const SeAtten& from, const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedSeAtten<Real> out;
    out.network = packing.embedding(from.network);
    out.n_types = from.n_types();
    out.n_channels = from.n_channels();
    out.stride = out.network.out_stride;
    out.n_axis = from.axis_neuron;
    out.type_width = from.type_width;
    out.n_output_types = from.output_type_embedding ? from.type_width : 0;
    out.lmax = from.lmax();
    out.is_strip = from.type_input == SeAtten::TypeInput::strip;
    out.is_one_side = from.type_one_side;
    out.is_smooth = from.smooth;
    out.has_cubic_switch = from.switch_kind == SeAtten::Switch::cubic;
    out.n_keys = from.empty_slots == SeAtten::EmptySlots::none ? 0 : environment.n_slots;
    out.cutoff_smooth = from.environment.cutoff_smooth;
    out.protection = environment.protection;
    out.inverse_normalization = 1.0 / from.environment.normalization;
    out.inverse_scale.resize_discard(std::size_t(out.n_types));
    for (int i = 0; i < out.n_types; ++i)
        out.inverse_scale[std::size_t(i)] = environment.centers[std::size_t(i)].inverse_scale[0];
    copy_to(from.type_embedding, out.type_embedding, static_cast<int>(from.type_embedding.size()));
    for (std::size_t degree = 0; degree < from.degree_gain.size(); ++degree)
        out.gain[1 + degree] = static_cast<Real>(from.degree_gain[degree] * from.degree_gain[degree]);
    for (const AttentionLayer& layer : from.attention)
        out.attention.push_back(pack_attention(layer, out.stride, packing));
    const SingleRows<Real> rows(from, out, packing);
    pack_factors(from, rows, out);
    pack_empty_slots(from, rows, out);
    pack_excluded_rows(from, rows, out);
    return out;
}

template <class Real>
std::size_t PackedAttention<Real>::bytes() const {
    return in.bytes() + out.bytes() + norm_scale.bytes() + norm_shift.bytes();
}

template <class Real>
std::size_t PackedSeAtten<Real>::bytes() const {
    std::size_t sum = network.bytes() + type_embedding.bytes() + type_factors.bytes() + empty_slot.bytes() +
                      excluded_row.bytes() + inverse_scale.bytes();
    for (const PackedAttention<Real>& layer : attention) sum += layer.bytes();
    return sum;
}

template struct PackedAttention<double>;
template struct PackedAttention<float>;
template struct PackedSeAtten<double>;
template struct PackedSeAtten<float>;
template PackedSeAtten<double> prepare(const SeAtten&, const PackedEnvironment&, const Packing<double>&);
template PackedSeAtten<float> prepare(const SeAtten&, const PackedEnvironment&, const Packing<float>&);

}  // namespace dpmd::cpu
