#include "local/se_r_prepared.hpp"

#include <algorithm>

#include "local/embedding.hpp"
#include "local/se_r.hpp"
#include "local/se_r_moment.hpp"

namespace dpmd::gpu {
namespace {

double factor_of(const EnvironmentView& environment) { return SeR::factor * environment.inverse_normalization; }

/// What a slot of each section adds, [n_types] of at most `stride` values, as an array of device memory.
template <class Real>
const Real* upload_slots(const std::vector<std::vector<double>>& values, int stride, Weights<Real>& weights) {
    std::vector<Real> rows(values.size() * std::size_t(stride), Real(0));
    for (std::size_t t = 0; t < values.size(); ++t)
        std::transform(values[t].begin(), values[t].end(), rows.begin() + std::ptrdiff_t(t) * stride,
                       [](double value) { return static_cast<Real>(value); });
    return weights.upload(rows);
}

template <class Real>
class SeROnRows final : public RowDescriptor<Real> {
public:
    SeROnRows(const SeR& descriptor, const TypePairs& exclusions, Weights<Real>& weights)
        : gemm_(weights.gemm()), embedding_(descriptor.embedding, weights) {
        for (int type = 0; type < descriptor.environment.n_types(); ++type) {
            Center& center =
                centers_.emplace_back(Center{embedding_.center(descriptor.environment, exclusions, type, weights)});
            const std::vector<SectionRule>& sections = center.environment.sections;
            std::vector<std::vector<double>> empty(sections.size()), zero_row(sections.size());
            for (int t = 0; t < descriptor.environment.n_types(); ++t) {
                const SectionRule& section = sections[std::size_t(t)];
                const auto value = [&](double row) { return embedding_.value(type, t, row, weights.memory()); };
                if (section.has_padding) empty[std::size_t(t)] = value(center.environment.empty_row(0));
                if (section.has_zero_padding) empty[std::size_t(t)] = value(0);
                if (section.has_zero_rows) zero_row[std::size_t(t)] = value(0);
            }
            center.slots = {upload_slots(empty, embedding_.stride(), weights),
                            upload_slots(zero_row, embedding_.stride(), weights)};
        }
    }

    const CenterEnvironment& environment(int center) const override {
        return centers_[std::size_t(center)].environment;
    }

    void take_scratch(Scratch& scratch, int center, std::int64_t, std::int64_t n_rows) override {
        embedded_ = EmbeddedRows<Real>(scratch, centers_[std::size_t(center)].nets, embedding_.stride(), n_rows);
    }

    void forward(const RowTile<Real>& tile, const FittingInput<Real>& input, StageEvents& clock) override {
        embedding_forward(gemm_, center_of(tile).nets, tile.rows, embedded_);
        clock.ends(Stage::embedding);
        se_r_forward(gemm_.queue(), arguments(tile, input));
        clock.ends(Stage::descriptor);
    }

    RowGradients<Real> backward(const RowTile<Real>& tile, const FittingInput<Real>& input,
                                StageEvents& clock) override {
        se_r_backward(gemm_.queue(), arguments(tile, input));
        clock.ends(Stage::descriptor);
        embedding_backward(gemm_, center_of(tile).nets, tile.rows, embedded_);
        clock.ends(Stage::embedding);
        return {embedded_.ds, nullptr};
    }

private:
    struct Center : EmbeddedCenter<Real> {
        SeRSlots<Real> slots{};
    };

    const Center& center_of(const RowTile<Real>& tile) const { return centers_[std::size_t(tile.tile.center)]; }
    SeRTileArgs<Real> arguments(const RowTile<Real>& tile, const FittingInput<Real>& input) const {
        SeRTileArgs<Real> args{tile};
        args.stride = embedding_.stride();
        args.factor = static_cast<Real>(factor_of(tile.environment));
        args.slots = center_of(tile).slots;
        args.input = input;
        args.g = embedded_.g;
        args.dg = embedded_.dg;
        return args;
    }

    GemmTuner& gemm_;
    Embedding<Real> embedding_;
    std::vector<Center> centers_;
    EmbeddedRows<Real> embedded_;  // of the tile at hand
};

template <class Real>
class SeRInMoments final : public MomentDescriptor<Real> {
public:
    SeRInMoments(const MomentForm& form, const RowDescriptor<Real>& on_rows, Weights<Real>& weights)
        : queue_(weights.gemm().queue()) {
        for (const MomentCenter& from : form.centers) {
            const CenterEnvironment& environment = on_rows.environment(static_cast<int>(centers_.size()));
            SeRMomentCenter<Real>& center = centers_.emplace_back();
            center.environment = environment.view;
            center.n_basis = from.n_basis;
            center.tables = prepare_tables(from, weights);
            center.factor = static_cast<Real>(factor_of(environment.view));
            center.slots = {upload_slots(from.padding, center.tables.stride, weights),
                            upload_slots(from.zero_row, center.tables.stride, weights)};
        }
    }

    int n_features(int center) const override { return centers_[std::size_t(center)].n_basis; }
    void take_scratch(Scratch&, int, std::int64_t) override {}
    void forward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                 StageEvents& clock) override {
        se_r_moments_forward(queue_, arguments(tile, served, input));
        clock.ends(Stage::embedding);
    }
    void backward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                  StageEvents& clock) override {
        se_r_moments_backward(queue_, arguments(tile, served, input));
        clock.ends(Stage::forces);
    }

private:
    SeRMomentTileArgs<Real> arguments(const AtomTile& tile, const ServedAtoms& served,
                                      const FittingInput<Real>& input) const {
        return {tile, centers_[std::size_t(tile.center)], served, input};
    }

    Queue& queue_;
    std::vector<SeRMomentCenter<Real>> centers_;
};

}  // namespace

template <class Real>
PreparedDescriptor<Real> prepare(const SeR& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    PreparedDescriptor<Real> out;
    out.on_rows = std::make_unique<SeROnRows<Real>>(descriptor, exclusions, weights);
    if (form != nullptr) out.in_moments = std::make_unique<SeRInMoments<Real>>(*form, *out.on_rows, weights);
    return out;
}

template PreparedDescriptor<double> prepare(const SeR&, const MomentForm*, const TypePairs&, Weights<double>&);
template PreparedDescriptor<float> prepare(const SeR&, const MomentForm*, const TypePairs&, Weights<float>&);

}  // namespace dpmd::gpu
