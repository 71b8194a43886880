#include "local/local_frame_prepared.hpp"

#include <algorithm>

#include "local/local_frame.hpp"

namespace dpmd::gpu {
namespace {

std::vector<double> inverses(std::vector<double> values) {
    std::transform(values.begin(), values.end(), values.begin(), [](double x) { return 1 / x; });
    return values;
}

template <class Real>
class LocalFrameOnRows final : public RowDescriptor<Real> {
public:
    LocalFrameOnRows(const LocalFrame& from, const TypePairs& exclusions, Weights<Real>& weights)
        : queue_(weights.gemm().queue()) {
        const LocalFrame::Section* sections = weights.upload(from.sections());
        const double* shift = weights.upload(from.shift);
        const double* inverse_scale = weights.upload(inverses(from.scale));
        for (int type = 0; type < from.n_types(); ++type) {
            const std::ptrdiff_t first = std::ptrdiff_t(type) * from.n_features();
            centers_.push_back({environment_of_center(from, exclusions, type, weights),
                                {from.axes[std::size_t(type)], sections, shift + first, inverse_scale + first}});
        }
    }

    const CenterEnvironment& environment(int center) const override {
        return centers_[std::size_t(center)].environment;
    }

    void take_scratch(Scratch& scratch, int, std::int64_t n_atoms, std::int64_t n_rows) override {
        args_ = {};
        args_.order = scratch.take<std::int32_t>(n_rows);
        args_.axes = scratch.take<std::int32_t>(2 * n_atoms);
        args_.frames = scratch.take<AxisFrame>(n_atoms);
        args_.distance = scratch.take<double>(n_rows);
        args_.difference = scratch.take<double>(3 * n_rows);
    }

    void forward(const RowTile<Real>& tile, const FittingInput<Real>& input, StageEvents& clock) override {
        local_frame_forward(queue_, arguments(tile, input));
        clock.ends(Stage::descriptor);
    }

    RowGradients<Real> backward(const RowTile<Real>& tile, const FittingInput<Real>& input,
                                StageEvents& clock) override {
        local_frame_backward(queue_, arguments(tile, input));
        clock.ends(Stage::descriptor);
        return {nullptr, nullptr, args_.difference};
    }

private:
    struct Center {
        CenterEnvironment environment;
        LocalFrameCenter view;
    };

    LocalFrameTileArgs<Real> arguments(const RowTile<Real>& tile, const FittingInput<Real>& input) const {
        LocalFrameTileArgs<Real> args = args_;
        static_cast<RowTile<Real>&>(args) = tile;
        args.center = centers_[std::size_t(tile.tile.center)].view;
        args.input = input;
        return args;
    }

    Queue& queue_;
    std::vector<Center> centers_;
    LocalFrameTileArgs<Real> args_;  // of the tile at hand
};

}  // namespace

template <class Real>
PreparedDescriptor<Real> prepare(const LocalFrame& descriptor, const std::monostate*, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    PreparedDescriptor<Real> out;
    out.on_rows = std::make_unique<LocalFrameOnRows<Real>>(descriptor, exclusions, weights);
    return out;
}

template PreparedDescriptor<double> prepare(const LocalFrame&, const std::monostate*, const TypePairs&,
                                            Weights<double>&);
template PreparedDescriptor<float> prepare(const LocalFrame&, const std::monostate*, const TypePairs&, Weights<float>&);

}  // namespace dpmd::gpu
