#include "local/se_t_prepared.hpp"

#include <utility>

#include "local/embedding.hpp"
#include "local/se_t.hpp"
#include "local/se_t_tables.hpp"

namespace dpmd::gpu {
namespace {

/// The pairs of types that have a network, and where each pair of types stands among them.
struct TypePairList {
    std::vector<TypePair> all;
    std::vector<std::int32_t> place;  // [n_types][n_types]

    explicit TypePairList(const SeT& descriptor) {
        const int n_types = descriptor.embedding.n_types;
        place.assign(std::size_t(n_types * n_types), -1);
        for (int a = 0; a < n_types; ++a)
            for (int b = a; b < n_types; ++b) {
                if (!descriptor.embedding.at(a, b)) continue;
                place[std::size_t(a * n_types + b)] = place[std::size_t(b * n_types + a)] =
                    static_cast<std::int32_t>(all.size());
                all.push_back({a, b, descriptor.factor(a, b)});
            }
    }
    template <class Real>
    TypePairsView upload(int n_types, Weights<Real>& weights) const {
        return {weights.upload(all), weights.upload(place), static_cast<int>(all.size()), n_types};
    }
};

template <class Real>
class SeTOnRows final : public RowDescriptor<Real> {
public:
    SeTOnRows(const SeT& descriptor, const TypePairs& exclusions, Weights<Real>& weights)
        : gemm_(weights.gemm()), n_channels_(descriptor.n_features()) {
        const TypePairList types(descriptor);
        types_ = types.upload(descriptor.embedding.n_types, weights);
        for (const TypePair& pair : types.all) {
            const Network& network = *descriptor.embedding.at(pair.a, pair.b);
            nets_.push_back(weights.add(network, 1, static_cast<int>(network.layers.size())));
        }
        for (int center = 0; center < descriptor.environment.n_types(); ++center)
            centers_.push_back(environment_of_center(descriptor, exclusions, center, weights));
    }

    const CenterEnvironment& environment(int center) const override { return centers_[std::size_t(center)]; }
    const TypePairsView& types() const { return types_; }

    void take_scratch(Scratch& scratch, int, std::int64_t n_atoms, std::int64_t n_rows) override {
        const std::int64_t n_neighbors = n_rows / n_atoms, n_pairs = n_atoms * n_neighbors * (n_neighbors + 1) / 2;
        EnvironmentView of_pairs;
        of_pairs.n_types = types_.count;
        of_pairs.n_components = 1;
        pairs_ = Rows<Real>(scratch, of_pairs, n_atoms, n_pairs);
        embedded_ = EmbeddedRows<Real>(scratch, nets_, padded(n_channels_), n_pairs);
        slope_ = scratch.take<Real>(n_pairs);
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
        return {row_gradient_, nullptr};
    }

private:
    SeTTileArgs<Real> arguments(const RowTile<Real>& tile, const FittingInput<Real>& input) const {
        SeTTileArgs<Real> args{tile};
        args.types = types_;
        args.pairs = pairs_;
        args.n_channels = n_channels_;
        args.stride = padded(n_channels_);
        args.input = input;
        args.g = embedded_.g;
        args.dg = embedded_.dg;
        args.through_nets = embedded_.ds;
        args.slope = slope_;
        args.row_gradient = row_gradient_;
        return args;
    }

    GemmTuner& gemm_;
    int n_channels_;
    TypePairsView types_;
    NetsByType<Real> nets_;  // by pairs of types
    std::vector<CenterEnvironment> centers_;
    // of the tile at hand
    Rows<Real> pairs_;
    EmbeddedRows<Real> embedded_;
    Real *slope_ = nullptr, *row_gradient_ = nullptr;
};

template <class Real>
AngleTablesView<Real> upload_tables(const SeT& descriptor, const AngleTables& form, Weights<Real>& weights) {
    const auto n = std::size_t(descriptor.n_features()), stride = std::size_t(padded(descriptor.n_features()));
    std::vector<AngleGrid<Real>> grids;
    std::vector<std::int32_t> first;
    std::vector<Real> coefficients;
    for (const TypePair& pair : TypePairList(descriptor).all) {
        const AngleTable& table =
            *form.tables[std::size_t(place_of_pair(pair.a, pair.b, descriptor.embedding.n_types))];
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
    SeTInTables(const SeT& descriptor, const AngleTables& form, const SeTOnRows<Real>& on_rows, Weights<Real>& weights)
        : queue_(weights.gemm().queue()),
          n_channels_(descriptor.n_features()),
          on_rows_(on_rows),
          tables_(upload_tables(descriptor, form, weights)) {}

    int n_features(int) const override { return n_channels_; }

    void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms) override {
        const EnvironmentView& environment = on_rows_.environment(center).view;
        const std::int64_t n_rows = n_atoms * environment.n_slots;
        rows_ = Rows<Real>(scratch, environment, n_atoms, n_rows);
        row_gradient_ = scratch.take<Real>(4 * n_rows);
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
        scatter_rows(queue_, static_cast<const RowTile<Real>&>(args), RowGradients<Real>{row_gradient_, nullptr});
        clock.ends(Stage::forces);
    }

private:
    SeTTablesTileArgs<Real> arguments(const AtomTile& tile, const ServedAtoms& served,
                                      const FittingInput<Real>& input) const {
        return {{tile, on_rows_.environment(tile.center).view, rows_},
                on_rows_.types(),
                tables_,
                served,
                input,
                row_gradient_};
    }

    Queue& queue_;
    int n_channels_;
    const SeTOnRows<Real>& on_rows_;
    AngleTablesView<Real> tables_;
    // of the tile at hand
    Rows<Real> rows_;
    Real* row_gradient_ = nullptr;
};

}  // namespace

template <class Real>
PreparedDescriptor<Real> prepare(const SeT& descriptor, const AngleTables* form, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    auto on_rows = std::make_unique<SeTOnRows<Real>>(descriptor, exclusions, weights);
    PreparedDescriptor<Real> out;
    if (form != nullptr) out.in_moments = std::make_unique<SeTInTables<Real>>(descriptor, *form, *on_rows, weights);
    out.on_rows = std::move(on_rows);
    return out;
}

template PreparedDescriptor<double> prepare(const SeT&, const AngleTables*, const TypePairs&, Weights<double>&);
template PreparedDescriptor<float> prepare(const SeT&, const AngleTables*, const TypePairs&, Weights<float>&);

}  // namespace dpmd::gpu
