#include "local/runner.hpp"

#include <algorithm>

#include "local/cuts.hpp"
#include "local/totals.hpp"

namespace dpmd::gpu {
namespace {

// Scratch of a tile. Large enough to keep the device busy, small against its memory.
constexpr std::size_t moment_budget = std::size_t(512) << 20, row_budget = std::size_t(1) << 30;
// Of the free memory, when that is short.
constexpr double free_share = 0.5;
constexpr std::int32_t most_moment_atoms = 65536, most_row_atoms = 8192;

template <class Real>
struct MomentScratch {
    ServedAtoms served;
    FittingScratch<Real> fitting;
    std::size_t bytes;

    MomentScratch(Scratch scratch, DeviceTerm<Real>& term, int center, std::int64_t n_atoms)
        : fitting(scratch, *term.center(center).moment_fitting, n_atoms) {
        served.kept = scratch.take<std::int32_t>(n_atoms);
        term.in_moments().take_scratch(scratch, center, n_atoms);
        bytes = scratch.used();
    }
};

template <class Real>
struct RowScratch {
    FittingScratch<Real> fitting;
    Rows<Real> rows;
    std::size_t bytes;

    RowScratch(Scratch scratch, DeviceTerm<Real>& term, int center, std::int64_t n_atoms, std::int64_t n_rows)
        : fitting(scratch, *term.center(center).fitting, n_atoms),
          rows(scratch, term.environment(center).view, n_atoms, n_rows) {
        term.on_rows().take_scratch(scratch, center, n_atoms, n_rows);
        bytes = scratch.used();
    }
};

}  // namespace

template <class Real>
LocalRunner<Real>::LocalRunner(const RunnableModel& model, Operands operands, Queue& queue, Memory& memory)
    : queue_(queue),
      memory_(memory),
      overflow_(model.overflow),
      gemm_(queue, memory),
      term_(model.data->local(), operands, gemm_, memory),
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
    return std::max(1, std::min(most_neighbors_, term_.environment(0).view.n_slots));
}

template <class Real>
std::size_t LocalRunner<Real>::moment_bytes(std::int32_t n_atoms) {
    std::size_t most = 0;
    for (int t = 0; t < term_.n_types(); ++t)
        most = std::max(most, MomentScratch<Real>(Scratch(), term_, t, n_atoms).bytes);
    return most;
}

template <class Real>
std::size_t LocalRunner<Real>::row_bytes(std::int32_t n_atoms) {
    std::size_t most = 0;
    for (int t = 0; t < term_.n_types(); ++t)
        most = std::max(most, RowScratch<Real>(Scratch(), term_, t, n_atoms, n_atoms * rows_per_atom()).bytes);
    return most;
}

/// As many atoms as the budget allows, fewer when memory is short.
template <class Real>
typename LocalRunner<Real>::Tiles LocalRunner<Real>::choose_tiles() {
    std::size_t free = 0, total = 0;
    check(gpu::memory_info(&free, &total), "asking for the free memory");
    free = static_cast<std::size_t>(free_share * static_cast<double>(free + scratch_.bytes()));
    const auto fit = [&](std::int32_t most, std::size_t budget, auto&& bytes) {
        std::int32_t n = std::min(most, std::max(most_atoms_, 1));
        while (n > 1 && bytes(n) > std::min(budget, free)) n = (n + 1) / 2;
        return n;
    };
    Tiles out;
    if (term_.is_compressed())
        out.moment = fit(most_moment_atoms, moment_budget, [&](std::int32_t n) { return moment_bytes(n); });
    out.row = fit(most_row_atoms, row_budget, [&](std::int32_t n) { return row_bytes(n); });
    return out;
}

/// Scratch for the largest tile, and per-atom arrays. Nothing is allocated or asked while atoms and neighbours do not
/// become more.
template <class Real>
void LocalRunner<Real>::make_room(const Neighborhood& seen) {
    left_.resize_with_slack(term_.is_compressed() ? std::size_t(seen.n_owned) : 0);
    if (seen.n_owned <= most_atoms_ && seen.neighbors.most <= most_neighbors_) return;
    most_atoms_ = std::max(most_atoms_, seen.n_owned);
    most_neighbors_ = std::max(most_neighbors_, seen.neighbors.most);
    tiles_ = choose_tiles();
    // few atoms of a compressed model need the networks as trained: they get what there is, at least for one atom
    const std::size_t bytes =
        term_.is_compressed() ? std::max(moment_bytes(tiles_.moment), row_bytes(1)) : row_bytes(tiles_.row);
    if (bytes > scratch_.size()) scratch_.resize_discard(bytes);
    while (tiles_.row > 1 && row_bytes(tiles_.row) > scratch_.size()) tiles_.row = (tiles_.row + 1) / 2;
}

template <class Real>
SystemView LocalRunner<Real>::view(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    return {seen.positions, seen.types,         seen.neighbors.first, seen.neighbors.index, evaluation.aparam,
            nullptr,        call.atom_energies, call.forces,          call.atom_virials,    totals_.data()};
}

template <class Real>
void LocalRunner<Real>::find_all_cuts(const Neighborhood& seen, SystemView& system) {
    const std::vector<SectionRule>& sections = term_.environment(0).sections;
    const int least = std::min_element(sections.begin(), sections.end(), [](const auto& a, const auto& b) {
                          return a.sel < b.sel;
                      })->sel;
    if (overflow_ != OverflowPolicy::keep_nearest || seen.neighbors.most <= least) return;
    cuts_.resize_with_slack(std::size_t(seen.n_owned) * sections.size());
    for (int t = 0; t < term_.n_types(); ++t)
        find_cuts(queue_,
                  {system, seen.atoms.by_type + seen.atoms.type_first[t],
                   seen.atoms.type_first[t + 1] - seen.atoms.type_first[t], t},
                  term_.environment(t).view, cuts_.data());
    system.cuts = cuts_.data();
}

/// The fitting net of a tile in either form; `kept` as in EnergyArgs.
template <class Real>
void LocalRunner<Real>::run_energies(const AtomTile& tile, const DeviceNetwork<Real>& fitting, const std::int32_t* kept,
                                     const FittingInput<Real>& input, const FittingScratch<Real>& scratch) {
    const auto& center = term_.center(tile.center);
    EnergyArgs<Real> energy;
    energy.tile = tile;
    energy.kept = kept;
    energy.shift = center.energy_shift;
    run_fitting(gemm_, fitting, energy, center.subtract_vacuum, input.n_features, scratch);
    clock_.ends(Stage::fitting);
}

template <class Real>
void LocalRunner<Real>::run_moment_tile(const AtomTile& tile) {
    const DeviceNetwork<Real>& fitting = *term_.center(tile.center).moment_fitting;
    MomentDescriptor<Real>& descriptor = term_.in_moments();
    const MomentScratch<Real> scratch(Scratch(scratch_.data()), term_, tile.center, tile.n_atoms);
    const ServedAtoms served{scratch.served.kept, left_.data()};
    const FittingInput<Real> input =
        scratch.fitting.view(fitting, descriptor.n_features(tile.center), term_.parameters());
    descriptor.forward(tile, served, input, clock_);
    run_energies(tile, fitting, served.kept, input, scratch.fitting);
    descriptor.backward(tile, served, input, clock_);
}

template <class Real>
void LocalRunner<Real>::run_row_tile(const AtomTile& tile) {
    const DeviceNetwork<Real>& fitting = *term_.center(tile.center).fitting;
    RowDescriptor<Real>& descriptor = term_.on_rows();
    const RowScratch<Real> scratch(Scratch(scratch_.data()), term_, tile.center, tile.n_atoms,
                                   tile.n_atoms * rows_per_atom());
    const RowTile<Real> rows{tile, term_.environment(tile.center).view, scratch.rows};
    const FittingInput<Real> input = scratch.fitting.view(fitting, term_.n_features(), term_.parameters());
    pack_rows(queue_, rows);
    clock_.ends(Stage::environment);
    descriptor.forward(rows, input, clock_);
    run_energies(tile, fitting, nullptr, input, scratch.fitting);
    const RowGradients<Real> gradients = descriptor.backward(rows, input, clock_);
    scatter_rows(queue_, rows, gradients);
    clock_.ends(Stage::forces);
}

template <class Real>
void LocalRunner<Real>::evaluate(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    const AtomsByType& atoms = seen.atoms;
    queue_.use_device();
    term_.set_frame_parameters(call.fparam);
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

    for (int t = 0; t < term_.n_types(); ++t) {
        const std::int32_t first = atoms.type_first[t], last = atoms.type_first[t + 1];
        if (term_.center(t).is_silent || first == last) continue;
        if (!term_.is_compressed()) {
            for (std::int32_t k = first; k < last; k += tiles_.row)
                run_row_tile({system, atoms.by_type + k, std::min(tiles_.row, last - k), t});
            continue;
        }
        for (std::int32_t k = first; k < last; k += tiles_.moment)
            run_moment_tile({system, atoms.by_type + k, std::min(tiles_.moment, last - k), t});
        if (evaluation.may_defer) continue;
        DeviceTotals now;
        queue_.to_host(&now, totals_.data(), sizeof now);
        for (std::int32_t k = 0; k < now.n_left; k += tiles_.row)
            run_row_tile({system, left_.data() + k, std::min(tiles_.row, now.n_left - k), t});
        n_fallback_ += now.n_left;
        queue_.clear(&totals_.data()->n_left, sizeof(std::int32_t));
    }
    if (evaluation.ends) finish_totals(queue_, system, n_fallback_, call.totals);
    clock_.collect(times_);
}

template class LocalRunner<double>;
template class LocalRunner<float>;

}  // namespace dpmd::gpu
