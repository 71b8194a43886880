#include "cpu/local/runner.hpp"

#include <algorithm>

#include "core/threads.hpp"

namespace dpmd::cpu {
namespace {

// Atoms of a tile: the fitting net needs many rows for each pass over its weights, everything else should stay in a
// cache of one or two megabytes. With the nets as trained an atom has hundreds of kilobytes of activations, in a
// compressed form a few tens.
constexpr int most_atoms_trained = 16, most_atoms_compressed = 32;
// Threads finish at about the same time when each has several tiles.
constexpr int tiles_per_thread = 4;
// Up to this many threads add forces to arrays of their own, 24 bytes per atom each. More threads add to one array with
// atomic operations, which doubles the time of the stage.
constexpr int most_own_arrays = 8;
constexpr std::int64_t values_per_block = 8192;
// Most models that are evaluated together on a tile.
constexpr std::size_t most_together = 8;

}  // namespace

template <class Real>
LocalRunner<Real>::LocalRunner(const RunnableModel& model, const TileKernels& kernels, bool in_half, int n_threads)
    : kernels_(kernels.in<Real>()),
      n_threads_(n_threads),
      overflow_(model.overflow),
      model_(prepare(*model.data, Packing<Real>{kernels_, in_half, kernels.half_unit})),
      workspaces_(std::size_t(n_threads)),
      totals_(std::size_t(n_threads)) {}

template <class Real>
std::size_t LocalRunner<Real>::scratch_bytes() const {
    std::size_t bytes = own_forces_.bytes() + thread_forces_.bytes();
    for (const Workspace& workspace : workspaces_) bytes += workspace.bytes();
    return bytes;
}

template <class Real>
void LocalRunner<Real>::look_at(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    n_owned_ = seen.n_owned;
    n_total_ = seen.n_total;
    by_type_ = seen.atoms.by_type;
    system_ = {seen.positions,    seen.types, seen.neighbors,     call.fparam,
               evaluation.aparam, overflow_,  call.atom_energies, call.atom_virials};
    call_ = call;
}

/// Divides the atoms into tiles; results do not depend on how.
template <class Real>
void LocalRunner<Real>::make_tiles(const Evaluation& evaluation, std::int32_t most, Silent silent) {
    const std::int32_t fair = n_owned_ / (n_threads_ * tiles_per_thread);
    const std::int32_t size = std::clamp(fair / kernels_.shape.row_block * kernels_.shape.row_block,
                                         std::int32_t(kernels_.shape.row_block), most);
    const std::int32_t* type_first = evaluation.neighborhood.atoms.type_first;
    tiles_.clear();
    for (int t = 0; t < model_.n_types(); ++t) {
        if (model_.is_silent[std::size_t(t)] && silent == Silent::left_out) continue;
        for (std::int32_t first = type_first[t]; first < type_first[t + 1]; first += size)
            tiles_.push_back({t, first, std::min(size, type_first[t + 1] - first)});
    }
}

template <class Real>
bool LocalRunner<Real>::has_own_forces() const {
    return n_threads_ <= most_own_arrays;
}

template <class Real>
std::int64_t* LocalRunner<Real>::forces_of(int thread) {
    if (thread == 0 || !has_own_forces()) return call_.forces;
    return thread_forces_.data() + 3 * std::size_t(n_total_) * std::size_t(thread - 1);
}

/// Adds up the forces of all threads, on atoms as neighbours and as centres. They are integers, so the order does not
/// matter.
template <class Real>
void LocalRunner<Real>::gather_forces() {
    const std::int64_t n = 3 * std::int64_t(n_total_), n_own = 3 * std::int64_t(n_owned_);
    const int n_arrays = has_own_forces() ? n_threads_ : 1;
    parallel_for(n_threads_, (n + values_per_block - 1) / values_per_block, 1, [&](std::int64_t block, int) {
        const std::int64_t first = block * values_per_block, last = std::min(n, first + values_per_block);
        for (int thread = 1; thread < n_arrays; ++thread) {
            const std::int64_t* from = forces_of(thread);
            for (std::int64_t k = first; k < last; ++k) call_.forces[k] += from[k];
        }
        for (std::int64_t k = first; k < std::min(n_own, last); ++k) call_.forces[k] += own_forces_[std::size_t(k)];
    });
}

template <class Real>
TileArgs<Real> LocalRunner<Real>::work_on(const Tile& tile, const PackedForm<Real>& form, int thread,
                                          Workspace& workspace) {
    return {model_.environments.data(),
            static_cast<int>(model_.environments.size()),
            &form,
            &system_,
            by_type_ + tile.first,
            tile.count,
            tile.center_type,
            own_forces_.data(),
            forces_of(thread),
            !has_own_forces(),
            n_threads_ > 1,
            &workspace,
            &totals_[std::size_t(thread)]};
}

template <class Real>
void LocalRunner<Real>::run(std::span<LocalRunner* const> models, const Tile& tile, int thread) {
    const LocalKernels<Real>& kernels = models.front()->kernels_;
    Workspace& workspace = models.front()->workspaces_[std::size_t(thread)];
    const auto n_models = static_cast<int>(models.size());
    TileArgs<Real> work[most_together] = {};
    for (std::size_t m = 0; m < models.size(); ++m)
        work[m] = models[m]->work_on(tile, models[m]->model_.fast(), thread, workspace);
    std::int32_t left[most_together * most_atoms_compressed];
    int n_left[most_together];
    kernels.evaluate_tile(work, n_models, left, n_left);
    for (int m = 0; m < n_models; ++m) {
        work[m].totals->n_fallback += n_left[m];
        work[m].form = &models[std::size_t(m)]->model_.trained;  // valid for every atom
        for (int done = 0; done < n_left[m]; done += most_atoms_trained) {
            int none = 0;
            work[m].atoms = left + m * tile.count + done;
            work[m].n_atoms = std::min(most_atoms_trained, n_left[m] - done);
            kernels.evaluate_tile(work + m, 1, nullptr, &none);
        }
    }
}

template <class Real>
void LocalRunner<Real>::begin(const Evaluation& evaluation, const ModelCall& call) {
    look_at(evaluation, call);
    const auto n_owned = std::size_t(n_owned_), n_total = std::size_t(n_total_);
    own_forces_.resize_with_slack(3 * n_owned);
    if (has_own_forces()) thread_forces_.resize_with_slack(3 * n_total * std::size_t(n_threads_ - 1));
    if (!evaluation.begins) return;
    own_forces_.fill(0);
    std::fill_n(call.atom_energies, n_owned, 0.0);
    parallel_for(n_threads_, has_own_forces() ? n_threads_ : 1, 1, [&](std::int64_t thread, int) {
        std::fill_n(forces_of(static_cast<int>(thread)), 3 * n_total, std::int64_t(0));
    });
    if (call.atom_virials != nullptr) std::fill_n(call.atom_virials, 9 * n_total, std::int64_t(0));
    std::fill(totals_.begin(), totals_.end(), TileTotals{});
}

template <class Real>
void LocalRunner<Real>::end(const Evaluation& evaluation) {
    if (!evaluation.ends) return;
    *call_.totals = add_up_totals();
    gather_forces();
}

/// The sums over all threads; of several faults the first atom's is reported.
template <class Real>
EvaluateTotals LocalRunner<Real>::add_up_totals() {
    EvaluateTotals all;
    for (const TileTotals& totals : totals_) {
        all.energy.add(totals.energy);
        for (int k = 0; k < 9; ++k) all.virial[k].add(totals.virial[k]);
        for (int k = 0; k < n_stages; ++k) times_.nanoseconds[k] += totals.times.nanoseconds[k];
        all.n_fallback += totals.n_fallback;
        if (totals.status.fault == EvaluateFault::none) continue;
        if (all.status.fault == EvaluateFault::none || totals.status.atom < all.status.atom) all.status = totals.status;
    }
    return all;
}

template <class Real>
void LocalRunner<Real>::evaluate(std::span<LocalRunner* const> models, const Evaluation& evaluation,
                                 std::span<const ModelCall> calls) {
    for (; models.size() > most_together; models = models.subspan(most_together), calls = calls.subspan(most_together))
        evaluate(models.first(most_together), evaluation, calls.first(most_together));
    for (std::size_t m = 0; m < models.size(); ++m) models[m]->begin(evaluation, calls[m]);
    LocalRunner& first = *models.front();
    first.make_tiles(evaluation, first.model_.compressed ? most_atoms_compressed : most_atoms_trained,
                     Silent::left_out);
    parallel_for(first.n_threads_, std::int64_t(first.tiles_.size()), 1,
                 [&](std::int64_t k, int thread) { run(models, first.tiles_[std::size_t(k)], thread); });
    for (LocalRunner* model : models) model->end(evaluation);
}

template <class Real>
DescriptionWidths LocalRunner<Real>::description_widths() const {
    if (model_.trained.terms.empty()) return {};
    const PackedTerm<Real>& term = model_.trained.terms.front();
    DescriptionWidths widths{term.n_features(0), 0};  // the same for all types
    for (const auto& center : term.fitting.centers)
        widths.hidden = std::max(widths.hidden, center.network.layers.back().n_in);
    return widths;
}

template <class Real>
EvaluateStatus LocalRunner<Real>::describe(const Evaluation& evaluation, const DescribeOutputs& outputs) {
    const DescriptionWidths widths = description_widths();
    look_at(evaluation, evaluation.calls.front());
    std::fill_n(outputs.descriptors, std::size_t(n_owned_) * std::size_t(widths.descriptor), 0.0);
    std::fill_n(outputs.hidden, std::size_t(n_owned_) * std::size_t(widths.hidden), 0.0);
    std::fill(totals_.begin(), totals_.end(), TileTotals{});
    make_tiles(evaluation, most_atoms_trained, Silent::taken);
    parallel_for(n_threads_, std::int64_t(tiles_.size()), 1, [&](std::int64_t k, int thread) {
        const Tile& tile = tiles_[std::size_t(k)];
        TileArgs<Real> work{};
        work.environments = model_.environments.data();
        work.n_environments = static_cast<int>(model_.environments.size());
        work.form = &model_.trained;
        work.system = &system_;
        work.atoms = by_type_ + tile.first;
        work.n_atoms = tile.count;
        work.center_type = tile.center_type;
        work.workspace = &workspaces_[std::size_t(thread)];
        work.totals = &totals_[std::size_t(thread)];
        kernels_.describe_tile(work, {outputs.descriptors, widths.descriptor, outputs.hidden, widths.hidden});
    });
    return add_up_totals().status;
}

template <class Real>
bool LocalRunner<Real>::sees_environments_of(const LocalRunner& other) const {
    const auto &mine = model_.environments, &others = other.model_.environments;
    const auto alike = [](const PackedEnvironment& a, const PackedEnvironment& b) { return a.sees_like(b); };
    return std::equal(mine.begin(), mine.end(), others.begin(), others.end(), alike) &&
           model_.is_silent == other.model_.is_silent &&
           model_.compressed.has_value() == other.model_.compressed.has_value() && overflow_ == other.overflow_;
}

template class LocalRunner<double>;
template class LocalRunner<float>;

}  // namespace dpmd::cpu
