#include "local/se_a_prepared.hpp"

#include "local/embedding.hpp"
#include "local/se_a.hpp"
#include "local/se_a_moment.hpp"

namespace dpmd::gpu {
namespace {

/// An empty slot passes through the networks like any other: with its normalised row p = -davg/dstd it adds p (x)
/// G(p_0) to the moments, the same for all slots of a section. padding [n_types][4][stride] gets what section t adds.
template <class Real>
void add_padding(std::vector<Real>& padding, const CenterEnvironment& environment, std::size_t t, std::size_t stride,
                 const std::vector<double>& g) {
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t c = 0; c < g.size(); ++c)
            padding[(4 * t + k) * stride + c] = static_cast<Real>(environment.empty_row(int(k)) * g[c]);
}

template <class Real>
class SeAOnRows final : public RowDescriptor<Real> {
public:
    SeAOnRows(const SeA& descriptor, const TypePairs& exclusions, Weights<Real>& weights)
        : gemm_(weights.gemm()), embedding_(descriptor.embedding, weights), n_axis_(descriptor.axis_neuron) {
        for (int type = 0; type < descriptor.environment.n_types(); ++type) {
            Center& center =
                centers_.emplace_back(Center{embedding_.center(descriptor.environment, exclusions, type, weights)});
            const std::vector<SectionRule>& sections = center.environment.sections;
            const auto stride = std::size_t(embedding_.stride());
            std::vector<Real> padding(sections.size() * 4 * stride, Real(0));
            for (std::size_t t = 0; t < sections.size(); ++t)
                if (sections[t].has_padding)
                    add_padding(padding, center.environment, t, stride,
                                embedding_.value(type, int(t), center.environment.empty_row(0), weights.memory()));
            center.padding = weights.upload(padding);
        }
    }

    const CenterEnvironment& environment(int center) const override {
        return centers_[std::size_t(center)].environment;
    }

    void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms, std::int64_t n_rows) override {
        const int stride = embedding_.stride();
        row_gradient_ = scratch.take<Real>(4 * n_rows);
        moments_ = scratch.take<Real>(n_atoms * 4 * stride);
        d_moments_ = scratch.take<Real>(n_atoms * 4 * stride);
        embedded_ = EmbeddedRows<Real>(scratch, centers_[std::size_t(center)].nets, stride, n_rows);
    }

    void forward(const RowTile<Real>& tile, const FittingInput<Real>& input, StageEvents& clock) override {
        embedding_forward(gemm_, nets(tile), tile.rows, embedded_);
        clock.ends(Stage::embedding);
        se_a_forward(gemm_.queue(), arguments(tile, input));
        clock.ends(Stage::descriptor);
    }

    RowGradients<Real> backward(const RowTile<Real>& tile, const FittingInput<Real>& input,
                                StageEvents& clock) override {
        se_a_backward(gemm_.queue(), arguments(tile, input));
        clock.ends(Stage::descriptor);
        embedding_backward(gemm_, nets(tile), tile.rows, embedded_);
        clock.ends(Stage::embedding);
        return {row_gradient_, embedded_.ds};
    }

private:
    struct Center : EmbeddedCenter<Real> {
        const Real* padding = nullptr;  // [n_types][4][stride]
    };

    const NetsByType<Real>& nets(const RowTile<Real>& tile) const {
        return centers_[std::size_t(tile.tile.center)].nets;
    }
    SeATileArgs<Real> arguments(const RowTile<Real>& tile, const FittingInput<Real>& input) const {
        SeATileArgs<Real> args{tile};
        args.n_channels = embedding_.n_channels();
        args.stride = embedding_.stride();
        args.n_axis = n_axis_;
        args.padding = centers_[std::size_t(tile.tile.center)].padding;
        args.input = input;
        args.g = embedded_.g;
        args.moments = moments_;
        args.d_moments = d_moments_;
        args.dg = embedded_.dg;
        args.row_gradient = row_gradient_;
        return args;
    }

    GemmTuner& gemm_;
    Embedding<Real> embedding_;
    int n_axis_;
    std::vector<Center> centers_;
    // of the tile at hand
    Real *row_gradient_ = nullptr, *moments_ = nullptr, *d_moments_ = nullptr;
    EmbeddedRows<Real> embedded_;
};

template <class Real>
class SeAInMoments final : public MomentDescriptor<Real> {
public:
    SeAInMoments(const MomentForm& form, const std::vector<std::vector<double>>& constants,
                 const RowDescriptor<Real>& on_rows, Weights<Real>& weights)
        : queue_(weights.gemm().queue()) {
        for (const MomentCenter& from : form.centers) {
            const std::size_t type = centers_.size();
            const CenterEnvironment& environment = on_rows.environment(static_cast<int>(type));
            SeAMomentCenter<Real>& center = centers_.emplace_back();
            center.environment = environment.view;
            center.n_basis = from.n_basis;
            center.n_axis = from.n_axis;
            center.n_features = from.n_features;
            center.tables = prepare_tables(from, weights);
            const auto stride = std::size_t(center.tables.stride);
            std::vector<Real> padding(environment.sections.size() * 4 * stride, Real(0));
            for (std::size_t t = 0; t < environment.sections.size(); ++t)
                if (environment.sections[t].has_padding) add_padding(padding, environment, t, stride, from.padding[t]);
            center.padding = weights.upload(padding);
            std::vector<std::int32_t> feature_pairs;
            for (int l = 0; l < center.n_axis; ++l)
                for (int k = l; k < center.n_basis; ++k) feature_pairs.push_back(l + 65536 * k);
            center.n_products = static_cast<int>(feature_pairs.size());
            center.feature_pairs = weights.upload(feature_pairs);
            if (!constants.empty())
                center.constants = weights.upload(std::vector<Real>(constants[type].begin(), constants[type].end()));
        }
    }

    int n_features(int center) const override { return centers_[std::size_t(center)].n_features; }

    void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms) override {
        moments_ = scratch.take<Real>(n_atoms * 4 * centers_[std::size_t(center)].tables.stride);
    }

    void forward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                 StageEvents& clock) override {
        se_a_moments_forward(queue_, arguments(tile, served, input));
        clock.ends(Stage::embedding);
        se_a_features_forward(queue_, arguments(tile, served, input));
        clock.ends(Stage::descriptor);
    }

    void backward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                  StageEvents& clock) override {
        se_a_moments_backward(queue_, arguments(tile, served, input));
        clock.ends(Stage::forces);
    }

private:
    SeAMomentTileArgs<Real> arguments(const AtomTile& tile, const ServedAtoms& served,
                                      const FittingInput<Real>& input) const {
        return {tile, centers_[std::size_t(tile.center)], served, input, moments_};
    }

    Queue& queue_;
    std::vector<SeAMomentCenter<Real>> centers_;
    Real* moments_ = nullptr;  // [n_atoms][4][stride] of the tile at hand
};

}  // namespace

template <class Real>
std::unique_ptr<MomentDescriptor<Real>> prepare_se_a_moments(const MomentForm& form,
                                                             const std::vector<std::vector<double>>& constants,
                                                             const RowDescriptor<Real>& on_rows,
                                                             Weights<Real>& weights) {
    return std::make_unique<SeAInMoments<Real>>(form, constants, on_rows, weights);
}

template <class Real>
PreparedDescriptor<Real> prepare(const SeA& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    PreparedDescriptor<Real> out;
    out.on_rows = std::make_unique<SeAOnRows<Real>>(descriptor, exclusions, weights);
    if (form != nullptr) out.in_moments = prepare_se_a_moments(*form, {}, *out.on_rows, weights);
    return out;
}

template std::unique_ptr<MomentDescriptor<double>> prepare_se_a_moments(const MomentForm&,
                                                                        const std::vector<std::vector<double>>&,
                                                                        const RowDescriptor<double>&, Weights<double>&);
template std::unique_ptr<MomentDescriptor<float>> prepare_se_a_moments(const MomentForm&,
                                                                       const std::vector<std::vector<double>>&,
                                                                       const RowDescriptor<float>&, Weights<float>&);
template PreparedDescriptor<double> prepare(const SeA&, const MomentForm*, const TypePairs&, Weights<double>&);
template PreparedDescriptor<float> prepare(const SeA&, const MomentForm*, const TypePairs&, Weights<float>&);

}  // namespace dpmd::gpu
