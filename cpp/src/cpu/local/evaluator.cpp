#include "cpu/local/evaluator.hpp"

#include <algorithm>
#include <numeric>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

// Atoms of a tile: the fitting net wants many rows for each pass over its weights, everything else wants to stay in a
// cache of one or two megabytes. With exact nets an atom has hundreds of kilobytes of activations, in moment form some
// tens.
constexpr int most_atoms_exact = 16, most_atoms_moment = 32;
// Threads come out even when each has several tiles.
constexpr int tiles_per_thread = 4;
// So many threads add forces to arrays of their own, 24 bytes per atom each. More add to one array by atomic
// operations, which makes the stage twice as long.
constexpr int most_own_arrays = 8;
constexpr std::int64_t values_per_block = 8192;

/// What an empty slot contributes: its normalised row p = -davg/dstd passes through the net like any other, so one slot
/// adds p (x) G(p_0). The same for all slots of a section, hence computed once.
template <class Real>
void set_padding(SeASection<Real>& section, const SeACenter<Real>& center, int channel_stride,
                 const SeAKernels<Real>& kernels) {
    const auto stride = std::size_t(channel_stride);
    section.padding.resize_discard(4 * stride);
    section.padding.fill(Real(0));
    if (section.network == nullptr) return;
    double row[4];
    for (int k = 0; k < 4; ++k) row[k] = -center.shift[k] * center.inverse_scale[k];
    Workspace workspace;
    std::vector<Real> g(stride);
    kernels.embed(*section.network, row[0], g.data(), workspace);
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t c = 0; c < stride; ++c)
            section.padding[k * stride + c] = static_cast<Real>(row[k] * double(g[c]));
}

/// How the nets of a model are packed for one instruction set.
struct Packing {
    KernelShape shape;
    bool in_half;
    const HalfUnit* unit;

    HalfLayers embedding(const Network& network) const {
        return {1, in_half ? static_cast<int>(network.layers.size()) : 0, unit};
    }
    HalfLayers fitting(const Network& network) const {
        return {0, in_half ? static_cast<int>(network.layers.size()) - 1 : 0, unit};
    }
};

/// The moment form of one centre type.
template <class Real>
MomentCenter<Real> prepare_moment(const CompressedCenter& from, const SeACenter<Real>& center, const Packing& packing) {
    const KernelShape& shape = packing.shape;
    MomentCenter<Real> out;
    out.n_basis = from.n_basis;
    out.n_axis = from.n_axis;
    out.stride = round_up(from.n_basis, shape.lanes);
    out.n_features = from.n_features();
    out.fitting = PackedNetwork<Real>(from.fitting, shape, packing.fitting(from.fitting));
    out.n_fitting_in = from.fitting.n_in();
    for (std::size_t t = 0; t < from.tables.size(); ++t) {
        out.tables.push_back(from.tables[t] ? MomentTable<Real>(*from.tables[t], shape) : MomentTable<Real>());
        Array<Real>& padding = out.padding.emplace_back();
        if (!center.sections[t].has_padding) continue;
        const auto stride = std::size_t(out.stride + shape.lanes);
        padding.resize_discard(4 * stride);
        padding.fill(Real(0));
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t c = 0; c < from.padding[t].size(); ++c)
                padding[k * stride + c] =
                    static_cast<Real>(-center.shift[k] * center.inverse_scale[k] * from.padding[t][c]);
    }
    return out;
}

template <class Real>
SeAModel<Real> prepare(const ModelSpec& spec, const CompressedModel* compressed, const SeAKernels<Real>& kernels,
                       bool in_half, const HalfUnit* unit) {
    const Packing packing{kernels.shape, in_half, unit};
    const DescriptorSpec& descriptor = spec.descriptor;
    const FittingSpec& fitting = spec.fitting;
    SeAModel<Real> model;
    model.n_types = spec.n_types();
    model.is_compressed = compressed != nullptr;
    model.range = descriptor.switch_range();
    model.protection = descriptor.env_protection;
    model.inverse_normalization = 1.0 / descriptor.normalization;
    model.n_slots = std::accumulate(descriptor.sel.begin(), descriptor.sel.end(), 0);
    model.overflow_all_types_first = descriptor.overflow_all_types_first;
    model.n_axis = descriptor.axis_neuron;
    model.n_fparam = fitting.n_fparam;
    model.n_aparam = fitting.n_aparam;
    model.n_fitting_in = fitting.networks.front().n_in();
    model.fparam_shift = fitting.fparam_shift;
    model.fparam_scale = fitting.fparam_scale;
    model.aparam_shift = fitting.aparam_shift;
    model.aparam_scale = fitting.aparam_scale;
    model.case_embedding = fitting.case_embedding;

    const auto n_types = std::size_t(model.n_types), n_rows = descriptor.networks.size();
    model.embeddings.resize(n_rows * n_types);
    for (std::size_t row = 0; row < n_rows; ++row)
        for (std::size_t t = 0; t < n_types; ++t)
            if (const auto& network = descriptor.networks[row][t]) {
                model.embeddings[row * n_types + t] =
                    PackedNetwork<Real>(*network, kernels.shape, packing.embedding(*network));
                model.n_channels = network->n_out();
            }
    model.channel_stride = round_up(model.n_channels, kernels.shape.lanes);

    for (std::size_t i = 0; i < n_types; ++i) {
        SeACenter<Real>& center = model.centers.emplace_back();
        for (std::size_t k = 0; k < 4; ++k) {
            center.shift[k] = descriptor.shift[4 * i + k];
            center.inverse_scale[k] = 1.0 / descriptor.scale[4 * i + k];
        }
        center.fitting = PackedNetwork<Real>(fitting.networks[i], kernels.shape, packing.fitting(fitting.networks[i]));
        center.energy_shift = fitting.energy_shift[i];
        center.subtract_vacuum = fitting.subtract_vacuum[i];
        center.is_silent = std::count(spec.atom_exclude_types.begin(), spec.atom_exclude_types.end(), int(i)) > 0;
        for (std::size_t j = 0; j < n_types; ++j) {
            SeASection<Real>& section = center.sections.emplace_back();
            const PackedNetwork<Real>& network = model.embeddings[(n_rows == 1 ? 0 : i) * n_types + j];
            const bool excluded = descriptor.excludes(int(i), int(j));
            if (network.n_out > 0) section.network = &network;
            section.sel = descriptor.sel[j];
            section.is_neighbor = section.sel > 0 && !holds_pair(spec.pair_exclude_types, int(i), int(j));
            section.is_embedded = !excluded && section.network != nullptr;
            section.has_padding = section.network != nullptr && (!excluded || descriptor.excluded_padding_kept);
            set_padding(section, center, model.channel_stride, kernels);
        }
        if (compressed != nullptr) center.moment = prepare_moment(compressed->centers[i], center, packing);
    }
    return model;
}

}  // namespace

template <class Real>
SeAEvaluator<Real>::SeAEvaluator(const ModelSpec& spec, const CompressedModel* compressed, const TileKernels& kernels,
                                 bool in_half, int n_threads)
    : isa_(kernels.isa),
      kernels_(kernels.in<Real>()),
      n_threads_(n_threads),
      model_(prepare(spec, compressed, kernels_, in_half, kernels.half_unit)),
      workspaces_(std::size_t(n_threads)),
      totals_(std::size_t(n_threads)) {}

template <class Real>
std::size_t SeAEvaluator<Real>::scratch_bytes() const {
    std::size_t bytes = own_forces_.bytes() + thread_forces_.bytes();
    for (const Workspace& workspace : workspaces_) bytes += workspace.bytes();
    return bytes;
}

/// Results do not depend on how atoms are cut into tiles.
template <class Real>
void SeAEvaluator<Real>::make_tiles(const EvaluateArgs& args, std::int32_t most, Silent silent) {
    const std::int32_t fair = args.n_owned / (n_threads_ * tiles_per_thread);
    const std::int32_t size = std::clamp(fair / kernels_.shape.row_block * kernels_.shape.row_block,
                                         std::int32_t(kernels_.shape.row_block), most);
    tiles_.clear();
    for (int t = 0; t < model_.n_types; ++t) {
        if (model_.centers[std::size_t(t)].is_silent && silent == Silent::left_out) continue;
        for (std::int32_t first = args.type_first[t]; first < args.type_first[t + 1]; first += size)
            tiles_.push_back({t, first, std::min(size, args.type_first[t + 1] - first)});
    }
}

template <class Real>
bool SeAEvaluator<Real>::has_own_forces() const {
    return n_threads_ <= most_own_arrays;
}

template <class Real>
std::int64_t* SeAEvaluator<Real>::forces_of(int thread, const EvaluateArgs& args) {
    if (thread == 0 || !has_own_forces()) return args.forces;
    return thread_forces_.data() + 3 * std::size_t(args.n_total) * std::size_t(thread - 1);
}

/// Forces of all threads, as neighbours and as centres. Integers: in any order the same.
template <class Real>
void SeAEvaluator<Real>::gather_forces(const EvaluateArgs& args) {
    const std::int64_t n = 3 * std::int64_t(args.n_total), n_own = 3 * std::int64_t(args.n_owned);
    const int n_arrays = has_own_forces() ? n_threads_ : 1;
    parallel_for(n_threads_, (n + values_per_block - 1) / values_per_block, 1, [&](std::int64_t block, int) {
        const std::int64_t first = block * values_per_block, last = std::min(n, first + values_per_block);
        for (int thread = 1; thread < n_arrays; ++thread) {
            const std::int64_t* from = forces_of(thread, args);
            for (std::int64_t k = first; k < last; ++k) args.forces[k] += from[k];
        }
        for (std::int64_t k = first; k < std::min(n_own, last); ++k) args.forces[k] += own_forces_[std::size_t(k)];
    });
}

/// Room for models that work together on a tile.
constexpr std::size_t most_together = 8;

template <class Real>
TileArgs<Real> SeAEvaluator<Real>::work_on(const Tile& tile, const EvaluateArgs& args, int thread,
                                           Workspace& workspace) {
    return {&model_,
            &args,
            args.by_type + tile.first,
            tile.count,
            tile.center_type,
            own_forces_.data(),
            forces_of(thread, args),
            !has_own_forces(),
            n_threads_ > 1,
            &workspace,
            &totals_[std::size_t(thread)]};
}

template <class Real>
void SeAEvaluator<Real>::run(std::span<SeAEvaluator* const> models, std::span<const EvaluateArgs> args,
                             const Tile& tile, int thread) {
    const SeAEvaluator& first = *models.front();
    Workspace& workspace = models.front()->workspaces_[std::size_t(thread)];
    const auto n_models = static_cast<int>(models.size());
    TileArgs<Real> work[most_together] = {};
    for (std::size_t m = 0; m < models.size(); ++m) work[m] = models[m]->work_on(tile, args[m], thread, workspace);
    if (!first.model_.centers[std::size_t(tile.center_type)].moment)
        return first.kernels_.evaluate_tile(work, n_models);
    std::int32_t left[most_together * most_atoms_moment];
    int n_left[most_together];
    first.kernels_.evaluate_moment_tile(work, n_models, left, n_left);
    for (int m = 0; m < n_models; ++m) {
        work[m].totals->n_exact += n_left[m];
        for (int done = 0; done < n_left[m]; done += most_atoms_exact) {
            work[m].atoms = left + m * tile.count + done;
            work[m].n_atoms = std::min(most_atoms_exact, n_left[m] - done);
            first.kernels_.evaluate_tile(work + m, 1);
        }
    }
}

template <class Real>
void SeAEvaluator<Real>::begin(const EvaluateArgs& args) {
    const auto n_owned = std::size_t(args.n_owned), n_total = std::size_t(args.n_total);
    own_forces_.resize_with_slack(3 * n_owned);
    if (has_own_forces()) thread_forces_.resize_with_slack(3 * n_total * std::size_t(n_threads_ - 1));
    if (!args.begins) return;
    own_forces_.fill(0);
    std::fill_n(args.atom_energies, n_owned, 0.0);
    parallel_for(n_threads_, has_own_forces() ? n_threads_ : 1, 1, [&](std::int64_t thread, int) {
        std::fill_n(forces_of(static_cast<int>(thread), args), 3 * n_total, std::int64_t(0));
    });
    if (args.atom_virials != nullptr) std::fill_n(args.atom_virials, 9 * n_total, std::int64_t(0));
    std::fill(totals_.begin(), totals_.end(), TileTotals{});
}

template <class Real>
void SeAEvaluator<Real>::end(const EvaluateArgs& args) {
    if (!args.ends) return;
    *args.totals = add_up_totals();
    gather_forces(args);
}

/// Of all threads; the first atom at fault wins.
template <class Real>
EvaluateTotals SeAEvaluator<Real>::add_up_totals() {
    EvaluateTotals all;
    for (const TileTotals& totals : totals_) {
        all.energy.add(totals.energy);
        for (int k = 0; k < 9; ++k) all.virial[k].add(totals.virial[k]);
        for (int k = 0; k < n_stages; ++k) times_.nanoseconds[k] += totals.times.nanoseconds[k];
        all.n_exact += totals.n_exact;
        if (totals.status.fault == EvaluateFault::none) continue;
        if (all.status.fault == EvaluateFault::none || totals.status.atom < all.status.atom) all.status = totals.status;
    }
    return all;
}

template <class Real>
void SeAEvaluator<Real>::evaluate_together(std::span<SeAEvaluator* const> models, std::span<const EvaluateArgs> args) {
    for (; models.size() > most_together; models = models.subspan(most_together), args = args.subspan(most_together))
        evaluate_together(models.first(most_together), args.first(most_together));
    for (std::size_t m = 0; m < models.size(); ++m) models[m]->begin(args[m]);
    SeAEvaluator& first = *models.front();
    first.make_tiles(args.front(), first.model_.is_compressed ? most_atoms_moment : most_atoms_exact, Silent::left_out);
    parallel_for(first.n_threads_, std::int64_t(first.tiles_.size()), 1,
                 [&](std::int64_t k, int thread) { run(models, args, first.tiles_[std::size_t(k)], thread); });
    for (std::size_t m = 0; m < models.size(); ++m) models[m]->end(args[m]);
}

template <class Real>
void SeAEvaluator<Real>::evaluate(const EvaluateArgs& args) {
    SeAEvaluator* const self = this;
    evaluate_together({&self, 1}, {&args, 1});
}

template <class Real>
DescriptionWidths SeAEvaluator<Real>::description_widths() const {
    DescriptionWidths widths{model_.n_channels * model_.n_axis, 0};
    for (const SeACenter<Real>& center : model_.centers)
        widths.hidden = std::max(widths.hidden, center.fitting.layers.back().n_in);
    return widths;
}

template <class Real>
EvaluateStatus SeAEvaluator<Real>::describe(const DescribeArgs& args) {
    const DescriptionWidths widths = description_widths();
    const auto n_owned = std::size_t(args.system.n_owned);
    std::fill_n(args.descriptors, n_owned * std::size_t(widths.descriptor), 0.0);
    std::fill_n(args.hidden, n_owned * std::size_t(widths.hidden), 0.0);
    std::fill(totals_.begin(), totals_.end(), TileTotals{});
    make_tiles(args.system, most_atoms_exact, Silent::taken);
    parallel_for(n_threads_, std::int64_t(tiles_.size()), 1, [&](std::int64_t k, int thread) {
        const Tile& tile = tiles_[std::size_t(k)];
        TileArgs<Real> work{};
        work.model = &model_;
        work.system = &args.system;
        work.atoms = args.system.by_type + tile.first;
        work.n_atoms = tile.count;
        work.center_type = tile.center_type;
        work.workspace = &workspaces_[std::size_t(thread)];
        work.totals = &totals_[std::size_t(thread)];
        kernels_.describe_tile(work, {args.descriptors, args.hidden, widths.hidden});
    });
    return add_up_totals().status;
}

template <class Real>
bool SeAEvaluator<Real>::sees_environment_of(const SeAEvaluator& other) const {
    const auto& a = model_;
    const auto& b = other.model_;
    if (&kernels_ != &other.kernels_ || n_threads_ != other.n_threads_ || a.n_types != b.n_types ||
        a.is_compressed != b.is_compressed || a.range != b.range || a.protection != b.protection ||
        a.n_slots != b.n_slots || a.overflow_all_types_first != b.overflow_all_types_first)
        return false;
    for (std::size_t i = 0; i < a.centers.size(); ++i) {
        if (a.centers[i].is_silent != b.centers[i].is_silent) return false;
        for (std::size_t j = 0; j < a.centers[i].sections.size(); ++j) {
            const auto &mine = a.centers[i].sections[j], &others = b.centers[i].sections[j];
            if (mine.sel != others.sel || mine.is_neighbor != others.is_neighbor ||
                mine.is_embedded != others.is_embedded)
                return false;
        }
    }
    return true;
}

template class SeAEvaluator<double>;
template class SeAEvaluator<float>;

}  // namespace dpmd::cpu
