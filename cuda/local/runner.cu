#include "local/runner.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "local/cuts.hpp"
#include "local/totals.hpp"
#include "nets/layers.hpp"

namespace dpmd::gpu {
namespace {

// Scratch of a tile. Large enough to keep the device busy, small against its memory.
constexpr std::size_t moment_budget = std::size_t(512) << 20, exact_budget = std::size_t(1) << 30;
// Of the free memory, when that is short.
constexpr double free_share = 0.5;
constexpr std::int32_t most_moment_atoms = 65536, most_exact_atoms = 8192;

template <class Real>
struct MomentScratch {
    Real* moments;
    std::int32_t* kept;
    FittingScratch<Real> fitting;

    MomentScratch(Scratch scratch, const MomentCenter<Real>& center, std::int64_t n_atoms)
        : moments(scratch.take<Real>(n_atoms * 4 * center.tables.stride)),
          kept(scratch.take<std::int32_t>(n_atoms)),
          fitting(scratch, *center.fitting, n_atoms),
          bytes(scratch.used()) {}
    std::size_t bytes;
};

template <class Real>
struct ExactScratch {
    ExactTileArgs<Real> tile;
    std::vector<std::vector<Real*>> output, slope;  // [type][layer]
    Real *ds, *dy, *dx;
    FittingScratch<Real> fitting;
    std::size_t bytes;

    ExactScratch(Scratch scratch, const ExactCenter<Real>& center, int channel_stride, std::int64_t n_atoms,
                 std::int64_t n_rows)
        : fitting(scratch, *center.fitting, n_atoms) {
        const int n_types = center.view.n_types;
        tile.most_rows = n_rows;
        tile.counts = scratch.take<std::int32_t>(n_types * n_atoms);
        tile.n_empty = scratch.take<std::int32_t>(n_types * n_atoms);
        tile.first = scratch.take<std::int32_t>(n_types * n_atoms + 1);
        tile.ranges = scratch.take<std::int32_t>(2 * (n_types + 1));
        tile.neighbor = scratch.take<std::int32_t>(n_rows);
        tile.owner = scratch.take<std::int32_t>(n_rows);
        tile.rows = scratch.take<Real>(4 * n_rows);
        tile.row_gradient = scratch.take<Real>(4 * n_rows);
        tile.g = scratch.take<Real>(n_rows * channel_stride);
        tile.dg = scratch.take<Real>(n_rows * channel_stride);
        tile.moments = scratch.take<Real>(n_atoms * 4 * channel_stride);
        tile.d_moments = scratch.take<Real>(n_atoms * 4 * channel_stride);
        ds = scratch.take<Real>(n_rows);
        // the rows of a type are a range of all rows, so types share the arrays of a layer
        std::vector<Real*> shared_output, shared_slope;
        int widest = 0;
        for (const DeviceNetwork<Real>* network : center.embedding) {
            output.emplace_back();
            slope.emplace_back();
            if (network == nullptr || network->table()) continue;
            widest = std::max(widest, network->widest());
            const auto& layers = network->layers();
            for (std::size_t l = 0; l < layers.size(); ++l) {
                // arrays are as wide as the widest net needs: layers of different nets may differ
                const int stride = widest_of_layer(center, l);
                if (l == shared_slope.size()) {
                    shared_slope.push_back(scratch.take<Real>(n_rows * stride));
                    shared_output.push_back(l + 1 < most_layers(center) ? scratch.take<Real>(n_rows * stride)
                                                                        : nullptr);
                }
                slope.back().push_back(shared_slope[l]);
                output.back().push_back(l + 1 < layers.size() ? shared_output[l] : tile.g);
            }
        }
        dy = scratch.take<Real>(n_rows * widest);
        dx = scratch.take<Real>(n_rows * widest);
        bytes = scratch.used();
    }

private:
    static std::size_t most_layers(const ExactCenter<Real>& center) {
        std::size_t most = 0;
        for (const DeviceNetwork<Real>* network : center.embedding)
            if (network != nullptr) most = std::max(most, network->layers().size());
        return most;
    }
    static int widest_of_layer(const ExactCenter<Real>& center, std::size_t layer) {
        int widest = 0;
        for (const DeviceNetwork<Real>* network : center.embedding)
            if (network != nullptr && layer < network->layers().size())
                widest = std::max(widest, network->layers()[layer].out_stride);
        return widest;
    }
};

}  // namespace

template <class Real>
LocalRunner<Real>::LocalRunner(const RunnableModel& model, Operands operands, Queue& queue, Memory& memory)
    : queue_(queue),
      memory_(memory),
      overflow_(model.overflow),
      gemm_(queue, memory),
      model_(*model.data, operands, gemm_, memory),
      scratch_(memory),
      left_(memory),
      cuts_(memory),
      totals_(1, memory),
      clock_(queue) {}

template <class Real>
std::size_t LocalRunner<Real>::scratch_bytes() const {
    return scratch_.bytes() + left_.bytes() + cuts_.bytes() + totals_.bytes();
}

template <class Real>
std::int64_t LocalRunner<Real>::rows_per_atom() const {
    return std::max(1, std::min(most_neighbors_, model_.center(0).exact.view.n_slots));
}

template <class Real>
std::size_t LocalRunner<Real>::moment_bytes(std::int32_t n_atoms) const {
    std::size_t most = 0;
    for (int t = 0; t < model_.n_types(); ++t)
        most = std::max(most, MomentScratch<Real>(Scratch(), *model_.center(t).moment, n_atoms).bytes);
    return most;
}

template <class Real>
std::size_t LocalRunner<Real>::exact_bytes(std::int32_t n_atoms) const {
    std::size_t most = 0;
    for (int t = 0; t < model_.n_types(); ++t)
        most = std::max(most, ExactScratch<Real>(Scratch(), model_.center(t).exact, model_.channel_stride(), n_atoms,
                                                 n_atoms * rows_per_atom())
                                  .bytes);
    return most;
}

/// As many atoms as the budget allows, fewer when memory is short.
template <class Real>
typename LocalRunner<Real>::Tiles LocalRunner<Real>::choose_tiles() const {
    std::size_t free = 0, total = 0;
    check(gpu::memory_info(&free, &total), "asking for the free memory");
    free = static_cast<std::size_t>(free_share * static_cast<double>(free + scratch_.bytes()));
    const auto fit = [&](std::int32_t most, std::size_t budget, auto&& bytes) {
        std::int32_t n = std::min(most, std::max(most_atoms_, 1));
        while (n > 1 && bytes(n) > std::min(budget, free)) n = (n + 1) / 2;
        return n;
    };
    Tiles out;
    if (model_.is_compressed())
        out.moment = fit(most_moment_atoms, moment_budget, [&](std::int32_t n) { return moment_bytes(n); });
    out.exact = fit(most_exact_atoms, exact_budget, [&](std::int32_t n) { return exact_bytes(n); });
    return out;
}

/// Scratch for the largest tile, and per-atom arrays. Nothing is allocated or asked while atoms and neighbours do not
/// become more.
template <class Real>
void LocalRunner<Real>::make_room(const Neighborhood& seen) {
    left_.resize_with_slack(model_.is_compressed() ? std::size_t(seen.n_owned) : 0);
    if (seen.n_owned <= most_atoms_ && seen.neighbors.most <= most_neighbors_) return;
    most_atoms_ = std::max(most_atoms_, seen.n_owned);
    most_neighbors_ = std::max(most_neighbors_, seen.neighbors.most);
    tiles_ = choose_tiles();
    // atoms for the exact nets are few in a compressed model: they get what there is, at least for one atom
    const std::size_t bytes =
        model_.is_compressed() ? std::max(moment_bytes(tiles_.moment), exact_bytes(1)) : exact_bytes(tiles_.exact);
    if (bytes > scratch_.size()) scratch_.resize_discard(bytes);
    while (tiles_.exact > 1 && exact_bytes(tiles_.exact) > scratch_.size()) tiles_.exact = (tiles_.exact + 1) / 2;
}

template <class Real>
SystemView LocalRunner<Real>::view(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    return {seen.positions, seen.types,         seen.neighbors.first, seen.neighbors.index, evaluation.aparam,
            nullptr,        call.atom_energies, call.forces,          call.atom_virials,    totals_.data()};
}

template <class Real>
void LocalRunner<Real>::find_all_cuts(const Neighborhood& seen, SystemView& system) {
    const auto& sections = model_.center(0).exact.sections;
    const int least = std::min_element(sections.begin(), sections.end(), [](const auto& a, const auto& b) {
                          return a.sel < b.sel;
                      })->sel;
    if (overflow_ != OverflowPolicy::keep_nearest || seen.neighbors.most <= least) return;
    cuts_.resize_with_slack(std::size_t(seen.n_owned) * sections.size());
    for (int t = 0; t < model_.n_types(); ++t)
        find_cuts(queue_, system, model_.center(t).exact.view, seen.atoms.by_type + seen.atoms.type_first[t],
                  seen.atoms.type_first[t + 1] - seen.atoms.type_first[t], cuts_.data());
    system.cuts = cuts_.data();
}

/// The fitting net of a tile in either form; `kept` as in EnergyArgs.
template <class Real>
template <class Tile>
void LocalRunner<Real>::run_energies(int type, const DeviceNetwork<Real>& fitting, const Tile& tile,
                                      const std::int32_t* kept, int n_descriptor, const FittingScratch<Real>& scratch) {
    const auto& center = model_.center(type);
    EnergyArgs<Real> energy;
    energy.system = tile.system;
    energy.atoms = tile.atoms;
    energy.kept = kept;
    energy.n_atoms = tile.n_atoms;
    energy.shift = center.energy_shift;
    run_fitting(gemm_, fitting, energy, center.subtract_vacuum, n_descriptor, scratch);
    clock_.ends(Stage::fitting);
}

template <class Real>
void LocalRunner<Real>::run_moment_tile(int type, const SystemView& system, const std::int32_t* atoms,
                                         std::int32_t n_atoms) {
    const auto& center = model_.center(type);
    const MomentScratch<Real> scratch(Scratch(scratch_.data()), *center.moment, n_atoms);
    MomentTileArgs<Real> tile;
    tile.system = system;
    tile.center = *center.moment;
    tile.atoms = atoms;
    tile.n_atoms = n_atoms;
    tile.parameters = model_.parameters();
    tile.moments = scratch.moments;
    tile.kept = scratch.kept;
    tile.left = left_.data();
    tile.features = scratch.fitting.input;
    tile.feature_stride = center.moment->fitting->in_stride();
    tile.gradient = scratch.fitting.gradient;
    moments_forward(queue_, tile);
    clock_.ends(Stage::embedding);
    features_forward(queue_, tile);
    clock_.ends(Stage::descriptor);
    run_energies(type, *center.moment->fitting, tile, scratch.kept, center.moment->n_features, scratch.fitting);
    moments_backward(queue_, tile);
    clock_.ends(Stage::forces);
}

template <class Real>
void LocalRunner<Real>::run_exact_tile(int type, const SystemView& system, const std::int32_t* atoms,
                                        std::int32_t n_atoms) {
    const auto& center = model_.center(type);
    const ExactCenter<Real>& exact = center.exact;
    const ExactScratch<Real> scratch(Scratch(scratch_.data()), exact, model_.channel_stride(), n_atoms,
                                     n_atoms * rows_per_atom());
    ExactTileArgs<Real> tile = scratch.tile;
    tile.system = system;
    tile.center = exact.view;
    tile.atoms = atoms;
    tile.n_atoms = n_atoms;
    tile.n_channels = model_.n_channels();
    tile.stride = model_.channel_stride();
    tile.n_axis = model_.n_axis();
    tile.parameters = model_.parameters();
    tile.input = scratch.fitting.input;
    tile.input_stride = exact.fitting->in_stride();
    tile.gradient = scratch.fitting.gradient;
    tile.ds = scratch.ds;
    pack_rows(queue_, tile);
    clock_.ends(Stage::environment);
    const auto rows_of = [&](std::size_t t) { return RowRange{tile.most_rows, tile.ranges + 2 * t}; };
    for (std::size_t t = 0; t < exact.embedding.size(); ++t) {
        const DeviceNetwork<Real>* network = exact.embedding[t];
        if (network == nullptr) continue;
        if (network->table()) {
            table_forward(queue_, *network->table(), rows_of(t), tile.rows, tile.g);
            continue;
        }
        const Real* x = tile.rows;
        int x_stride = 1;
        for (std::size_t l = 0; l < network->layers().size(); ++l) {
            const LayerView<Real>& layer = network->layers()[l];
            layer_forward(gemm_, layer, rows_of(t), x, x_stride, scratch.output[t][l], scratch.slope[t][l]);
            x = scratch.output[t][l];
            x_stride = layer.out_stride;
        }
    }
    clock_.ends(Stage::embedding);
    descriptor_forward(queue_, tile);
    clock_.ends(Stage::descriptor);
    run_energies(type, *exact.fitting, tile, nullptr, tile.n_channels * tile.n_axis, scratch.fitting);
    descriptor_backward(queue_, tile);
    clock_.ends(Stage::descriptor);
    for (std::size_t t = 0; t < exact.embedding.size(); ++t) {
        const DeviceNetwork<Real>* network = exact.embedding[t];
        if (network == nullptr) continue;
        if (network->table()) {
            table_backward(queue_, *network->table(), rows_of(t), tile.rows, tile.dg, scratch.ds);
            continue;
        }
        const Real* dy = tile.dg;
        Real *dx = scratch.dx, *other = scratch.dy;
        for (std::size_t l = network->layers().size(); l-- > 1;) {
            layer_backward(gemm_, network->layers()[l], rows_of(t), dy, scratch.slope[t][l], dx);
            dy = dx;
            std::swap(dx, other);
        }
        layer_backward_to_scalar(queue_, network->layers()[0], rows_of(t), dy, scratch.slope[t][0], scratch.ds);
    }
    clock_.ends(Stage::embedding);
    scatter_rows(queue_, tile);
    clock_.ends(Stage::forces);
}

template <class Real>
void LocalRunner<Real>::evaluate(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    const AtomsByType& atoms = seen.atoms;
    queue_.use_device();
    model_.set_frame_parameters(call.fparam);
    make_room(seen);
    const auto n_owned = std::size_t(seen.n_owned), n_total = std::size_t(seen.n_total);
    if (evaluation.begins) {
        queue_.clear(call.forces, 3 * n_total * sizeof(std::int64_t));
        queue_.clear(call.atom_energies, n_owned * sizeof(double));
        if (call.atom_virials != nullptr) queue_.clear(call.atom_virials, 9 * n_total * sizeof(std::int64_t));
        clear_totals(queue_, totals_.data());
        n_fallback_ = 0;
    }
    SystemView system = view(evaluation, call);
    clock_.begin(!evaluation.may_defer);
    find_all_cuts(seen, system);
    clock_.ends(Stage::environment);

    for (int t = 0; t < model_.n_types(); ++t) {
        const std::int32_t first = atoms.type_first[t], last = atoms.type_first[t + 1];
        if (model_.center(t).is_silent || first == last) continue;
        if (!model_.center(t).moment) {
            for (std::int32_t k = first; k < last; k += tiles_.exact)
                run_exact_tile(t, system, atoms.by_type + k, std::min(tiles_.exact, last - k));
            continue;
        }
        for (std::int32_t k = first; k < last; k += tiles_.moment)
            run_moment_tile(t, system, atoms.by_type + k, std::min(tiles_.moment, last - k));
        if (evaluation.may_defer) continue;
        DeviceTotals now;
        queue_.to_host(&now, totals_.data(), sizeof now);
        for (std::int32_t k = 0; k < now.n_left; k += tiles_.exact)
            run_exact_tile(t, system, left_.data() + k, std::min(tiles_.exact, now.n_left - k));
        n_fallback_ += now.n_left;
        queue_.clear(&totals_.data()->n_left, sizeof(std::int32_t));
    }
    if (evaluation.ends) finish_totals(queue_, system, n_fallback_, call.totals);
    clock_.collect(times_);
}

template class LocalRunner<double>;
template class LocalRunner<float>;

}  // namespace dpmd::gpu
