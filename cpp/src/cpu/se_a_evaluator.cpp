#include "cpu/se_a_evaluator.hpp"

#include <algorithm>
#include <numeric>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

/// Atoms of a tile. The fitting net wants many rows, the embedding wants its rows in cache.
constexpr int atoms_per_tile = 16;

bool contains(const std::vector<std::pair<int, int>>& pairs, int a, int b) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& p) {
        return (p.first == a && p.second == b) || (p.first == b && p.second == a);
    });
}

/// Volatile, because g++ 12 vectorises a pair of double -> float -> double conversions into none at all.
double round_to_single(double x) {
    volatile const auto rounded = static_cast<float>(x);
    return double(rounded);
}

SwitchRange switch_range(const DescriptorSpec& descriptor) {
    if (!descriptor.single_precision_cutoff)
        return {descriptor.cutoff_smooth, descriptor.cutoff, descriptor.cutoff - descriptor.cutoff_smooth};
    const double smooth = round_to_single(descriptor.cutoff_smooth), cutoff = round_to_single(descriptor.cutoff);
    return {smooth, cutoff, round_to_single(cutoff - smooth)};
}

/// What an empty slot contributes: its normalised row p = -davg/dstd passes through the net like any other, so one slot
/// adds p (x) G(p_0). The same for all slots of a section, hence computed once.
void set_padding(SeASection<double>& section, const SeACenter<double>& center, int channel_stride,
                 const SeAKernels<double>& kernels) {
    const auto stride = std::size_t(channel_stride);
    section.padding.resize_discard(4 * stride);
    section.padding.fill(0.0);
    if (section.network == nullptr) return;
    double row[4];
    for (int k = 0; k < 4; ++k) row[k] = -center.shift[k] * center.inverse_scale[k];
    Workspace workspace;
    std::vector<double> g(stride);
    kernels.embed(*section.network, row[0], g.data(), workspace);
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t c = 0; c < stride; ++c) section.padding[k * stride + c] = row[k] * g[c];
}

SeAModel<double> prepare(const ModelSpec& spec, const SeAKernels<double>& kernels) {
    const DescriptorSpec& descriptor = spec.descriptor;
    const FittingSpec& fitting = spec.fitting;
    SeAModel<double> model;
    model.n_types = spec.n_types();
    model.range = switch_range(descriptor);
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
                model.embeddings[row * n_types + t] = PackedNetwork<double>(*network, kernels.shape);
                model.n_channels = network->n_out();
            }
    model.channel_stride = round_up(model.n_channels, kernels.shape.lanes);

    for (std::size_t i = 0; i < n_types; ++i) {
        SeACenter<double>& center = model.centers.emplace_back();
        for (std::size_t k = 0; k < 4; ++k) {
            center.shift[k] = descriptor.shift[4 * i + k];
            center.inverse_scale[k] = 1.0 / descriptor.scale[4 * i + k];
        }
        center.fitting = PackedNetwork<double>(fitting.networks[i], kernels.shape);
        center.energy_shift = fitting.energy_shift[i];
        center.subtract_vacuum = fitting.subtract_vacuum[i];
        center.is_silent = std::count(spec.atom_exclude_types.begin(), spec.atom_exclude_types.end(), int(i)) > 0;
        for (std::size_t j = 0; j < n_types; ++j) {
            SeASection<double>& section = center.sections.emplace_back();
            const PackedNetwork<double>& network = model.embeddings[(n_rows == 1 ? 0 : i) * n_types + j];
            const bool excluded = contains(descriptor.exclude_types, int(i), int(j));
            if (network.n_out > 0) section.network = &network;
            section.sel = descriptor.sel[j];
            section.is_neighbor = section.sel > 0 && !contains(spec.pair_exclude_types, int(i), int(j));
            section.is_embedded = !excluded && section.network != nullptr;
            section.has_padding = section.network != nullptr && (!excluded || descriptor.excluded_padding_kept);
            set_padding(section, center, model.channel_stride, kernels);
        }
    }
    return model;
}

}  // namespace

SeAEvaluator::SeAEvaluator(const ModelSpec& spec, const SeAKernels<double>& kernels, int n_threads)
    : kernels_(kernels),
      n_threads_(n_threads),
      model_(prepare(spec, kernels)),
      workspaces_(std::size_t(n_threads)),
      totals_(std::size_t(n_threads)) {}

std::size_t SeAEvaluator::scratch_bytes() const {
    std::size_t bytes = own_forces_.bytes();
    for (const Workspace& workspace : workspaces_) bytes += workspace.bytes();
    return bytes;
}

void SeAEvaluator::evaluate(const EvaluateArgs& args) {
    const auto n_owned = std::size_t(args.n_owned), n_total = std::size_t(args.n_total);
    own_forces_.resize_with_slack(3 * n_owned);
    own_forces_.fill(0);
    std::fill_n(args.atom_energies, n_owned, 0.0);
    std::fill_n(args.forces, 3 * n_total, std::int64_t(0));
    if (args.atom_virials != nullptr) std::fill_n(args.atom_virials, 9 * n_total, std::int64_t(0));
    std::fill(totals_.begin(), totals_.end(), TileTotals{});

    tiles_.clear();
    for (int t = 0; t < model_.n_types; ++t) {
        if (model_.centers[std::size_t(t)].is_silent) continue;
        for (std::int32_t first = args.type_first[t]; first < args.type_first[t + 1]; first += atoms_per_tile)
            tiles_.push_back({t, first, std::min(atoms_per_tile, args.type_first[t + 1] - first)});
    }

    const bool shared_memory = n_threads_ > 1 && tiles_.size() > 1;
    parallel_for(n_threads_, std::int64_t(tiles_.size()), 1, [&](std::int64_t k, int thread) {
        const Tile& tile = tiles_[std::size_t(k)];
        kernels_.evaluate_tile({&model_, &args, tile.center_type, args.by_type + tile.first, tile.count,
                                own_forces_.data(), shared_memory, &workspaces_[std::size_t(thread)],
                                &totals_[std::size_t(thread)]});
    });

    *args.energy = FixedSum{};
    std::fill_n(args.virial, 9, FixedSum{});
    *args.status = EvaluateStatus{};
    for (const TileTotals& totals : totals_) {
        args.energy->add(totals.energy);
        for (int k = 0; k < 9; ++k) args.virial[k].add(totals.virial[k]);
        if (totals.status.fault == EvaluateFault::none) continue;
        if (args.status->fault == EvaluateFault::none || totals.status.atom < args.status->atom)
            *args.status = totals.status;
    }
    for (std::size_t k = 0; k < 3 * n_owned; ++k) args.forces[k] += own_forces_[k];
}

}  // namespace dpmd::cpu
