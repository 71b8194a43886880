#include "cpu/local/se_atten_prepared.hpp"

#include <algorithm>
#include <utility>

#include "models/local/se_atten_rows.hpp"

namespace dpmd::cpu {
namespace {

template <class Real>
void copy_to(const std::vector<double>& values, Array<Real>& out, int size) {
    out.resize_discard(std::size_t(size));
    out.fill(Real(0));
    std::transform(values.begin(), values.end(), out.begin(), [](double x) { return static_cast<Real>(x); });
}

template <class Real>
PackedAttention<Real> pack_attention(const AttentionLayer& from, int stride, const Packing<Real>& packing) {
    PackedAttention<Real> out;
    out.n_hidden = from.n_hidden;
    out.head_stride = round_up(from.n_hidden, packing.lanes());
    const HalfLayers half{0, packing.in_half ? 1 : 0, packing.unit};
    const KernelShape& shape = packing.kernels.shape;
    out.in = PackedNetwork<Real>(
        linear_layer(from.in_weight, from.in_bias, from.n_channels, 3, from.n_hidden, out.head_stride), shape, half);
    out.out = PackedNetwork<Real>(
        linear_layer(from.out_weight, from.out_bias, from.n_hidden, 1, from.n_channels, from.n_channels), shape, half);
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

/// Appends the values as a row of `stride`.
template <class Real>
void append_row(const std::vector<double>& values, int stride, std::vector<Real>& to) {
    for (const double value : values) to.push_back(static_cast<Real>(value));
    to.resize(to.size() + std::size_t(stride) - values.size(), Real(0));
}

template <class Real>
Array<Real> as_array(const std::vector<Real>& values) {
    Array<Real> out(values.size());
    std::copy(values.begin(), values.end(), out.begin());
    return out;
}

template <class Real>
void pack_constants(const SeAtten& from, PackedSeAtten<Real>& out) {
    std::vector<Real> factors, empty, excluded;
    for (int i = 0; i < (out.is_one_side ? 1 : out.n_types) && out.is_strip; ++i)
        for (int j = 0; j < out.n_types; ++j) append_row(type_factors(from, j, i), out.stride, factors);
    for (int kind = 0; kind < n_empty_slots(from); ++kind)
        for (int i = 0; i < out.n_types; ++i) append_row(empty_slot(from, i, kind), out.stride, empty);
    for (int i = 0; i < out.n_types && has_excluded_rows(from); ++i)
        for (int j = 0; j < out.n_types; ++j)
            for (int k = 0; k < 4; ++k) append_row(excluded_row(from, i, j), out.stride, excluded);
    out.type_factors = as_array(factors);
    out.empty_slot = as_array(empty);
    out.excluded_row = as_array(excluded);
    out.depends_on_first_atom = from.empty_slots == SeAtten::EmptySlots::first_atom;
    out.slots_by_type = from.has_slots_by_type();
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
    pack_constants(from, out);
    return out;
}

template <class Real>
PackedSeAMoment<Real> prepare_compressed(const SeAtten& from, const MomentForm& form,
                                         const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedSeAMoment<Real> out;
    out.inverse_normalization = 1.0 / from.environment.normalization;
    for (int i = 0; i < from.n_types(); ++i) {
        auto& center = out.centers.emplace_back(
            prepare_moment_center(form.centers[std::size_t(i)], environment.centers[std::size_t(i)], packing));
        if (!from.output_type_embedding) continue;
        const double* of_center = from.embedding_of_type(i);
        copy_to({of_center, of_center + from.type_width}, center.constants, from.type_width);
    }
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
template PackedSeAMoment<double> prepare_compressed(const SeAtten&, const MomentForm&, const PackedEnvironment&,
                                                    const Packing<double>&);
template PackedSeAMoment<float> prepare_compressed(const SeAtten&, const MomentForm&, const PackedEnvironment&,
                                                   const Packing<float>&);
template PackedSeAtten<double> prepare(const SeAtten&, const PackedEnvironment&, const Packing<double>&);
template PackedSeAtten<float> prepare(const SeAtten&, const PackedEnvironment&, const Packing<float>&);

}  // namespace dpmd::cpu
