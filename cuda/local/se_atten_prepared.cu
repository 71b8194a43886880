#include "local/se_atten_prepared.hpp"

#include <algorithm>

#include "local/attention.hpp"
#include "local/embedding.hpp"
#include "local/se_a_prepared.hpp"
#include "local/se_atten.hpp"
#include "math/harmonics.hpp"
#include "models/local/se_atten_rows.hpp"

namespace dpmd::gpu {
namespace {

/// Appends the values as a row of `stride`.
template <class Real>
void append_row(const std::vector<double>& values, int stride, std::vector<Real>& to) {
    for (const double value : values) to.push_back(static_cast<Real>(value));
    to.resize(to.size() + std::size_t(stride) - values.size(), Real(0));
}

template <class Real>
std::vector<Real> in_real(const std::vector<double>& values) {
    return {values.begin(), values.end()};
}

template <class Real>
AttentionView<Real> prepare_attention(const AttentionLayer& from, Weights<Real>& weights) {
    AttentionView<Real> out;
    out.n_hidden = from.n_hidden;
    out.head_stride = padded(from.n_hidden);
    out.n_channels = from.n_channels;
    out.in =
        weights
            .add(linear_layer(from.in_weight, from.in_bias, from.n_channels, 3, from.n_hidden, out.head_stride), 0, 1)
            ->layers()
            .front();
    out.out =
        weights
            .add(linear_layer(from.out_weight, from.out_bias, from.n_hidden, 1, from.n_channels, from.n_channels), 0, 1)
            ->layers()
            .front();
    out.scale = static_cast<Real>(from.scale);
    out.norm_floor = static_cast<Real>(from.norm_floor);
    out.norm_epsilon = static_cast<Real>(from.norm_epsilon);
    out.normalize = from.normalize;
    out.dot_directions = from.dot_directions;
    out.masks_diagonal = from.masks_diagonal;
    out.norm_scale = weights.upload(in_real<Real>(from.norm_scale));
    out.norm_shift = weights.upload(in_real<Real>(from.norm_shift));
    return out;
}

template <class Real>
class SeAttenOnRows final : public RowDescriptor<Real> {
public:
    SeAttenOnRows(const SeAtten& from, const TypePairs& exclusions, Weights<Real>& weights)
        : gemm_(weights.gemm()),
          network_(weights.add(from.network, 1, static_cast<int>(from.network.layers.size()))),
          n_keys_(from.empty_slots == SeAtten::EmptySlots::none ? 0 : from.environment.n_slots()) {
        for (const AttentionLayer& layer : from.attention) attention_.push_back(prepare_attention(layer, weights));
        const SeAttenCenter<Real> common = prepare_common(from, weights);
        for (int i = 0; i < from.n_types(); ++i) {
            Center& center = centers_.emplace_back();
            center.environment = environment_of_center(from, exclusions, i, weights);
            center.environment.view.rows_by_atom = true;
            center.view = common;
            center.view.type = i;
            prepare_constants(from, i, center, weights);
        }
    }

    const CenterEnvironment& environment(int center) const override {
        return centers_[std::size_t(center)].environment;
    }

    void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms, std::int64_t n_rows) override {
        const SeAttenCenter<Real>& view = centers_[std::size_t(center)].view;
        const NetsByType<Real> nets{network_};
        embedded_ = EmbeddedRows<Real>(scratch, nets, view.stride, n_rows);
        args_ = {};
        args_.g = embedded_.g;
        args_.dg = embedded_.dg;
        args_.plain = view.is_strip ? scratch.take<Real>(n_rows * view.stride) : embedded_.g;
        args_.x_stride = view.is_strip ? 1 : network_->in_stride();
        args_.x = view.is_strip ? nullptr : scratch.take<Real>(n_rows * args_.x_stride);
        for (Real** array : {&args_.weight, &args_.d_weight, &args_.inverse_length})
            *array = scratch.take<Real>(n_rows);
        args_.direction = scratch.take<Real>(3 * n_rows);
        args_.d_direction = scratch.take<Real>(3 * n_rows);
        args_.harmonics = scratch.take<Real>(n_harmonics(view.lmax) * n_rows);
        args_.d_harmonics = scratch.take<Real>(n_harmonics(view.lmax) * n_rows);
        const int n_moment_rows = 4 + n_harmonics(view.lmax);
        args_.moments = scratch.take<Real>(n_atoms * n_moment_rows * view.stride);
        args_.d_moments = scratch.take<Real>(n_atoms * n_moment_rows * view.stride);
        args_.row_gradient = scratch.take<Real>(4 * n_rows);
        args_.difference = scratch.take<double>(3 * n_rows);
        tapes_.clear();
        for (const AttentionView<Real>& layer : attention_) tapes_.emplace_back(scratch, layer, view.stride, n_rows);
        if (!attention_.empty()) shared_ = AttentionScratch<Real>(scratch, widest(), view.stride, n_rows);
    }

    void forward(const RowTile<Real>& tile, const FittingInput<Real>& input, StageEvents& clock) override {
        const SeAttenTileArgs<Real> args = arguments(tile, input);
        se_atten_prepare_rows(gemm_.queue(), args);
        network_forward(gemm_, *network_, all_rows(tile), args.center.is_strip ? tile.rows.components : args.x,
                        args.x_stride, embedded_.output.front(), embedded_.slope.front(), args.plain);
        if (args.center.is_strip) se_atten_apply_factors(gemm_.queue(), args);
        for (std::size_t l = 0; l < attention_.size(); ++l)
            attention_forward(gemm_, attention_[l], attending(args), tapes_[l], shared_, args.g);
        clock.ends(Stage::embedding);
        se_atten_forward(gemm_.queue(), args);
        clock.ends(Stage::descriptor);
    }

    RowGradients<Real> backward(const RowTile<Real>& tile, const FittingInput<Real>& input,
                                StageEvents& clock) override {
        const SeAttenTileArgs<Real> args = arguments(tile, input);
        se_atten_backward(gemm_.queue(), args);
        clock.ends(Stage::descriptor);
        for (std::size_t l = attention_.size(); l-- > 0;)
            attention_backward(gemm_, attention_[l], attending(args), tapes_[l], shared_, args.dg);
        if (args.center.is_strip) se_atten_factors_backward(gemm_.queue(), args);
        se_atten_finish_rows(gemm_.queue(), args);
        network_backward(gemm_, *network_, all_rows(tile), args.center.is_strip ? tile.rows.components : args.x,
                         embedded_.slope.front(), args.dg, embedded_.dx, embedded_.dy, embedded_.ds);
        clock.ends(Stage::embedding);
        return {args.row_gradient, embedded_.ds, args.difference};
    }

private:
    struct Center {
        CenterEnvironment environment;
        SeAttenCenter<Real> view;
        const Real* empty_slots = nullptr;  // [first types][stride], or as in the view
    };

    SeAttenCenter<Real> prepare_common(const SeAtten& from, Weights<Real>& weights) {
        SeAttenCenter<Real> out;
        out.n_channels = from.n_channels();
        out.stride = padded(from.n_channels());
        out.n_axis = from.axis_neuron;
        out.type_width = from.type_width;
        out.n_output_types = from.output_type_embedding ? from.type_width : 0;
        out.lmax = from.lmax();
        out.n_types = from.n_types();
        out.is_strip = from.type_input == SeAtten::TypeInput::strip;
        out.is_one_side = from.type_one_side;
        out.is_smooth = from.smooth;
        out.has_cubic_switch = from.switch_kind == SeAtten::Switch::cubic;
        out.cutoff_smooth = from.environment.cutoff_smooth;
        if (!from.attention.empty()) out.norm_floor = static_cast<Real>(from.attention.front().norm_floor);
        out.type_embedding = weights.upload(in_real<Real>(from.type_embedding));
        for (std::size_t k = 0; k < from.degree_gain.size(); ++k)
            out.gain[1 + k] = static_cast<Real>(from.degree_gain[k] * from.degree_gain[k]);
        depends_on_first_atom_ = from.empty_slots == SeAtten::EmptySlots::first_atom;
        out.slots_by_type = from.has_slots_by_type();
        return out;
    }

    static void prepare_constants(const SeAtten& from, int i, Center& center, Weights<Real>& weights) {
        const int stride = center.view.stride;
        std::vector<Real> factors, empty, excluded;
        for (int j = 0; j < from.n_types() && center.view.is_strip; ++j)
            append_row(type_factors(from, j, i), stride, factors);
        for (int kind = 0; kind < n_empty_slots(from); ++kind) append_row(empty_slot(from, i, kind), stride, empty);
        for (int j = 0; j < from.n_types() && has_excluded_rows(from); ++j)
            for (int k = 0; k < 4; ++k) append_row(excluded_row(from, i, j), stride, excluded);
        if (!factors.empty()) center.view.factors = weights.upload(factors);
        if (!empty.empty()) center.empty_slots = weights.upload(empty);
        if (!excluded.empty()) center.view.excluded_row = weights.upload(excluded);
    }

    /// The layer that needs most scratch.
    const AttentionView<Real>& widest() const {
        return *std::max_element(attention_.begin(), attention_.end(),
                                 [](const auto& a, const auto& b) { return a.in.out_stride < b.in.out_stride; });
    }

    static RowRange all_rows(const RowTile<Real>& tile) { return tile.rows.of_type(tile.environment.n_types); }

    SeAttenTileArgs<Real> arguments(const RowTile<Real>& tile, const FittingInput<Real>& input) const {
        SeAttenTileArgs<Real> args = args_;
        static_cast<RowTile<Real>&>(args) = tile;
        const Center& center = centers_[std::size_t(tile.tile.center)];
        args.center = center.view;
        args.center.empty_slot = center.empty_slots;
        if (center.empty_slots != nullptr && depends_on_first_atom_)
            args.center.empty_slot = center.empty_slots + tile.tile.system.first_type * center.view.stride;
        args.input = input;
        return args;
    }

    AttendingRows<Real> attending(const SeAttenTileArgs<Real>& args) const {
        return {args.tile.n_atoms, args.environment.n_types, args.center.stride,
                n_keys_,           args.center.is_smooth,    args.rows,
                args.weight,       args.direction,           args.d_weight,
                args.d_direction};
    }

    GemmTuner& gemm_;
    const DeviceNetwork<Real>* network_;
    std::vector<AttentionView<Real>> attention_;
    std::vector<Center> centers_;
    int n_keys_;
    bool depends_on_first_atom_ = false;
    // of the tile at hand
    EmbeddedRows<Real> embedded_;
    SeAttenTileArgs<Real> args_;
    std::vector<AttentionTape<Real>> tapes_;
    AttentionScratch<Real> shared_;
};

}  // namespace

template <class Real>
PreparedDescriptor<Real> prepare(const SeAtten& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    PreparedDescriptor<Real> out;
    out.on_rows = std::make_unique<SeAttenOnRows<Real>>(descriptor, exclusions, weights);
    if (form == nullptr) return out;
    std::vector<std::vector<double>> constants;
    for (int type = 0; type < descriptor.n_types() && descriptor.output_type_embedding; ++type) {
        const double* of_type = descriptor.embedding_of_type(type);
        constants.emplace_back(of_type, of_type + descriptor.type_width);
    }
    out.in_moments = prepare_se_a_moments(*form, constants, *out.on_rows, weights);
    return out;
}

template PreparedDescriptor<double> prepare(const SeAtten&, const MomentForm*, const TypePairs&, Weights<double>&);
template PreparedDescriptor<float> prepare(const SeAtten&, const MomentForm*, const TypePairs&, Weights<float>&);

}  // namespace dpmd::gpu
