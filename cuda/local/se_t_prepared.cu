#include "local/se_t_prepared.hpp"

#include <utility>

#include "local/embedding.hpp"
#include "local/se_t.hpp"
#include "local/se_t_tables.hpp"

namespace dpmd::gpu {
namespace {

/// The values of a frame that stay the same from tile to tile; `pairs` are those of its list of pairs of types.
template <class Real>
SeTFrame<Real> upload_frame(const PairDescriptor& from, const std::vector<const PairFunctions::Pair*>& pairs,
                            Weights<Real>& weights) {
    SeTFrame<Real> out;
    out.n_channels = from.functions.n_channels();
    out.stride = padded(out.n_channels);
    out.is_smooth = from.functions.is_smooth;
    out.n_constants = from.n_constants;
    if (from.n_constants > 0)
        out.constants = weights.upload(std::vector<Real>(from.constants.begin(), from.constants.end()));
    std::vector<Real> factors;
    for (const PairFunctions::Pair* pair : pairs) {
        if (pair->type_factors.empty()) continue;
        factors.insert(factors.end(), pair->type_factors.begin(), pair->type_factors.end());
        factors.resize(factors.size() + std::size_t(out.stride - out.n_channels), Real(0));
    }
    if (!factors.empty()) out.type_factors = weights.upload(factors);
    return out;
}

template <class Real>
TypePairsView upload_pairs(const std::vector<const PairFunctions::Pair*>& pairs, Weights<Real>& weights) {
    std::vector<TypePair> all;
    for (const PairFunctions::Pair* pair : pairs) all.push_back({pair->a, pair->b, pair->factor});
    return {weights.upload(all), static_cast<int>(all.size())};
}

/// The same for the atoms of one centre type.
template <class Real>
SeTFrame<Real> frame_of_center(SeTFrame<Real> frame, int center) {
    if (frame.n_constants > 0) frame.constants += center * frame.n_constants;
    return frame;
}

template <class Real>
class SeTOnRows final : public RowDescriptor<Real> {
public:
    SeTOnRows(const PairDescriptor& from, Weights<Real>& weights) : gemm_(weights.gemm()) {
        std::vector<NetsByType<Real>> networks;  // by functions
        for (const std::vector<Network>& function : from.functions.functions) {
            auto& nets = networks.emplace_back();
            for (const Network& network : function)
                nets.push_back(weights.add(network, 1, static_cast<int>(network.layers.size())));
        }
        std::vector<const PairFunctions::Pair*> pairs;
        for (const PairFunctions::Pair& pair : from.functions.pairs)
            for (const DeviceNetwork<Real>* network : networks[pair.function]) {
                pairs.push_back(&pair);
                nets_.push_back(network);
                adds_pairs_twice_ = adds_pairs_twice_ || networks[pair.function].size() > 1;
            }
        types_ = upload_pairs(pairs, weights);
        frame_ = upload_frame(from, pairs, weights);
        for (int center = 0; center < from.environment.n_types(); ++center)
            centers_.push_back(
                prepare_environment(from.environment, center, from.sections[std::size_t(center)], weights));
    }

    const CenterEnvironment& environment(int center) const override { return centers_[std::size_t(center)]; }

    void take_scratch(Scratch& scratch, int, std::int64_t n_atoms, std::int64_t n_rows) override {
        const std::int64_t n = n_rows / n_atoms, of_two_types = adds_pairs_twice_ ? n * n / 2 : 0,
                           n_pairs = n_atoms * (n * (n + 1) / 2 + of_two_types);
        EnvironmentView of_pairs;
        of_pairs.n_types = types_.count;
        of_pairs.n_components = 1;
        pairs_ = Rows<Real>(scratch, of_pairs, n_atoms, n_pairs);
        embedded_ = EmbeddedRows<Real>(scratch, nets_, frame_.stride, n_pairs);
        slope_ = scratch.take<Real>(n_pairs);
        if (frame_.is_smooth) {
            switches_ = take_switches<Real>(scratch, n_rows);
            both_ = scratch.take<Real>(n_pairs);
        }
        row_gradient_ = scratch.take<Real>(4 * n_rows);
    }

    void forward(const RowTile<Real>& tile, const FittingInput<Real>& input, StageEvents& clock) override {
        const SeTTileArgs<Real> args = arguments(tile, input);
        se_t_pack_pairs(gemm_.queue(), args);
        embedding_forward(gemm_, nets_, pairs_, embedded_);
        clock.ends(Stage::embedding);
        se_t_forward(gemm_.queue(), args);
        clock.ends(Stage::descriptor);
    }

    RowGradients<Real> backward(const RowTile<Real>& tile, const FittingInput<Real>& input,
                                StageEvents& clock) override {
        const SeTTileArgs<Real> args = arguments(tile, input);
        se_t_backward(gemm_.queue(), args);
        clock.ends(Stage::descriptor);
        embedding_backward(gemm_, nets_, pairs_, embedded_);
        clock.ends(Stage::embedding);
        se_t_row_gradient(gemm_.queue(), args);
        clock.ends(Stage::descriptor);
        return {row_gradient_, nullptr, switches_.difference};
    }

private:
    SeTTileArgs<Real> arguments(const RowTile<Real>& tile, const FittingInput<Real>& input) const {
        SeTTileArgs<Real> args{tile};
        args.types = types_;
        args.frame = frame_of_center(frame_, tile.tile.center);
        args.switches = switches_;
        args.pairs = pairs_;
        args.input = input;
        args.g = embedded_.g;
        args.dg = embedded_.dg;
        args.through_nets = embedded_.ds;
        args.slope = slope_;
        args.both = both_;
        args.row_gradient = row_gradient_;
        return args;
    }

    GemmTuner& gemm_;
    TypePairsView types_;
    SeTFrame<Real> frame_;
    NetsByType<Real> nets_;          // by pairs of types, which may have several
    bool adds_pairs_twice_ = false;  // those of two types pass through two networks
    std::vector<CenterEnvironment> centers_;
    // of the tile at hand
    Rows<Real> pairs_;
    EmbeddedRows<Real> embedded_;
    PairSwitches<Real> switches_;
    Real *slope_ = nullptr, *both_ = nullptr, *row_gradient_ = nullptr;
};

template <class Real>
AngleTablesView<Real> upload_tables(const PairDescriptor& from, const AngleTables& form, Weights<Real>& weights) {
    const auto n = std::size_t(from.functions.n_channels()), stride = std::size_t(padded(from.functions.n_channels()));
    std::vector<AngleGrid<Real>> grids;
    std::vector<std::int32_t> first;
    std::vector<Real> coefficients;
    for (const PairFunctions::Pair& pair : from.functions.pairs) {
        const AngleTable& table = form.tables[pair.function];
        const std::size_t begin = coefficients.size();
        grids.push_back(table.grid<Real>());
        first.push_back(static_cast<std::int32_t>(begin / (stride * angle_powers)));
        coefficients.resize(begin + std::size_t(table.n_intervals) * stride * angle_powers, Real(0));
        for (std::size_t i = 0; i < std::size_t(table.n_intervals); ++i)
            for (std::size_t power = 0; power < angle_powers; ++power)
                for (std::size_t c = 0; c < n; ++c)
                    coefficients[begin + (i * stride + c) * angle_powers + power] =
                        static_cast<Real>(pair.factor * table.coefficients[(i * angle_powers + power) * n + c]);
    }
    return {weights.upload(grids), weights.upload(first), weights.upload(coefficients), static_cast<int>(stride),
            form.nearest};
}

template <class Real>
class SeTInTables final : public MomentDescriptor<Real> {
public:
    SeTInTables(const PairDescriptor& from, const AngleTables& form, const SeTOnRows<Real>& on_rows,
                Weights<Real>& weights)
        : queue_(weights.gemm().queue()), on_rows_(on_rows), tables_(upload_tables(from, form, weights)) {
        std::vector<const PairFunctions::Pair*> pairs;
        for (const PairFunctions::Pair& pair : from.functions.pairs) pairs.push_back(&pair);
        types_ = upload_pairs(pairs, weights);
        frame_ = upload_frame(from, pairs, weights);
    }

    int n_features(int) const override { return frame_.n_channels + frame_.n_constants; }

    void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms) override {
        const EnvironmentView& environment = on_rows_.environment(center).view;
        const std::int64_t n_rows = n_atoms * environment.n_slots;
        rows_ = Rows<Real>(scratch, environment, n_atoms, n_rows);
        row_gradient_ = scratch.take<Real>(4 * n_rows);
        if (frame_.is_smooth) switches_ = take_switches<Real>(scratch, n_rows);
    }

    void forward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                 StageEvents& clock) override {
        const SeTTablesTileArgs<Real> args = arguments(tile, served, input);
        pack_rows(queue_, static_cast<const RowTile<Real>&>(args));
        clock.ends(Stage::environment);
        se_t_tables_forward(queue_, args);
        clock.ends(Stage::embedding);
    }

    void backward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                  StageEvents& clock) override {
        const SeTTablesTileArgs<Real> args = arguments(tile, served, input);
        se_t_tables_backward(queue_, args);
        clock.ends(Stage::embedding);
        scatter_rows(queue_, static_cast<const RowTile<Real>&>(args),
                     RowGradients<Real>{row_gradient_, nullptr, switches_.difference});
        clock.ends(Stage::forces);
    }

private:
    SeTTablesTileArgs<Real> arguments(const AtomTile& tile, const ServedAtoms& served,
                                      const FittingInput<Real>& input) const {
        return {{tile, on_rows_.environment(tile.center).view, rows_},
                types_,
                frame_of_center(frame_, tile.center),
                switches_,
                tables_,
                served,
                input,
                row_gradient_};
    }

    Queue& queue_;
    const SeTOnRows<Real>& on_rows_;
    AngleTablesView<Real> tables_;
    TypePairsView types_;
    SeTFrame<Real> frame_;
    // of the tile at hand
    Rows<Real> rows_;
    PairSwitches<Real> switches_;
    Real* row_gradient_ = nullptr;
};

}  // namespace

template <class Real>
PreparedDescriptor<Real> prepare_pairs(const PairDescriptor& descriptor, const AngleTables* form,
                                       Weights<Real>& weights) {
    auto on_rows = std::make_unique<SeTOnRows<Real>>(descriptor, weights);
    PreparedDescriptor<Real> out;
    if (form != nullptr) out.in_moments = std::make_unique<SeTInTables<Real>>(descriptor, *form, *on_rows, weights);
    out.on_rows = std::move(on_rows);
    return out;
}

template PreparedDescriptor<double> prepare_pairs(const PairDescriptor&, const AngleTables*, Weights<double>&);
template PreparedDescriptor<float> prepare_pairs(const PairDescriptor&, const AngleTables*, Weights<float>&);

}  // namespace dpmd::gpu
