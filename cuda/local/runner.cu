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

/// Of all terms, which decide together which atoms they serve.
template <class Real>
struct MomentScratch {
    std::int32_t* kept;
    std::vector<FittingScratch<Real>> fittings;  ///< [n_terms]
    std::size_t bytes;

    MomentScratch(Scratch scratch, DeviceTerms<Real>& terms, int center, std::int64_t n_atoms)
        : kept(scratch.take<std::int32_t>(n_atoms)) {
        for (const auto& term : terms) {
            fittings.emplace_back(scratch, *term->center(center).moment_fitting, n_atoms);
            for (std::size_t d = 0; d < term->n_descriptors(); ++d)
                term->in_moments(d).take_scratch(scratch, center, n_atoms);
        }
        bytes = scratch.used();
    }
};

/// Of one term: one follows the other.
template <class Real>
struct RowScratch {
    FittingScratch<Real> fitting;
    std::vector<Rows<Real>> rows;  ///< [n_descriptors]
    std::size_t bytes;

    /// `n_listed`: most neighbours of an atom.
    RowScratch(Scratch scratch, DeviceTerm<Real>& term, int center, std::int64_t n_atoms, std::int32_t n_listed)
        : fitting(scratch, *term.center(center).fitting, n_atoms) {
        for (std::size_t d = 0; d < term.n_descriptors(); ++d) {
            const EnvironmentView& environment = term.environment(d, center);
            const std::int64_t n_rows = n_atoms * std::max(1, std::min(n_listed, environment.n_slots));
            rows.emplace_back(scratch, environment, n_atoms, n_rows);
            term.on_rows(d).take_scratch(scratch, center, n_atoms, n_rows);
        }
        bytes = scratch.used();
    }
};

template <class Real>
DeviceTerms<Real> prepare_terms(const LocalModel& model, Operands operands, GemmTuner& gemm, Memory& memory) {
    DeviceTerms<Real> out;
    for (const NetTerm& term : model.terms)
        out.push_back(std::make_unique<DeviceTerm<Real>>(term, operands, gemm, memory));
    return out;
}

std::vector<bool> silent_types(const ModelData& model) {
    std::vector<bool> out(std::size_t(model.n_types()));
    for (int t = 0; t < model.n_types(); ++t) out[std::size_t(t)] = model.local().is_silent(t);
    return out;
}

}  // namespace

template <class Real>
LocalRunner<Real>::LocalRunner(const RunnableModel& model, Operands operands, Queue& queue, Memory& memory)
    : queue_(queue),
      memory_(memory),
      overflow_(model.overflow),
      gemm_(queue, memory),
      terms_(prepare_terms<Real>(model.data->local(), operands, gemm_, memory)),
      bridge_(model.data->local().bridge),
      is_silent_(silent_types(*model.data)),
      scratch_(memory),
      left_(memory),
      cuts_(memory),
      bridged_(memory),
      totals_(1, memory),
      clock_(queue) {
    for (const PairTable& table : model.data->local().pair_terms)
        pair_tables_.push_back(std::make_unique<DevicePairTable>(table, gemm_, memory));
}

template <class Real>
std::size_t LocalRunner<Real>::scratch_bytes() const {
    return scratch_.bytes() + left_.bytes() + cuts_.bytes() + bridged_.bytes() + totals_.bytes();
}

template <class Real>
std::size_t LocalRunner<Real>::model_bytes() const {
    std::size_t sum = 0;
    for (const auto& term : terms_) sum += term->bytes();
    for (const auto& table : pair_tables_) sum += table->bytes();
    return sum;
}

template <class Real>
std::size_t LocalRunner<Real>::moment_bytes(std::int32_t n_atoms) {
    std::size_t most = 0;
    for (int t = 0; t < n_types(); ++t) most = std::max(most, MomentScratch<Real>(Scratch(), terms_, t, n_atoms).bytes);
    return most;
}

template <class Real>
std::size_t LocalRunner<Real>::row_bytes(std::int32_t n_atoms) {
    std::size_t most = 0;
    for (const auto& term : terms_)
        for (int t = 0; t < n_types(); ++t)
            most = std::max(most, RowScratch<Real>(Scratch(), *term, t, n_atoms, most_neighbors_).bytes);
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
    if (is_compressed())
        out.moment = fit(most_moment_atoms, moment_budget, [&](std::int32_t n) { return moment_bytes(n); });
    out.row = fit(most_row_atoms, row_budget, [&](std::int32_t n) { return row_bytes(n); });
    return out;
}

/// Scratch for the largest tile, and per-atom arrays. Nothing is allocated or asked while atoms and neighbours do not
/// become more.
template <class Real>
void LocalRunner<Real>::make_room(const Neighborhood& seen) {
    left_.resize_with_slack(is_compressed() ? std::size_t(seen.n_owned) : 0);
    if (seen.n_owned <= most_atoms_ && seen.neighbors.most <= most_neighbors_) return;
    most_atoms_ = std::max(most_atoms_, seen.n_owned);
    most_neighbors_ = std::max(most_neighbors_, seen.neighbors.most);
    tiles_ = choose_tiles();
    // few atoms of a compressed model need the networks as trained: they get what there is, at least for one atom
    const std::size_t bytes =
        is_compressed() ? std::max(moment_bytes(tiles_.moment), row_bytes(1)) : row_bytes(tiles_.row);
    if (bytes > scratch_.size()) scratch_.resize_discard(bytes);
    while (tiles_.row > 1 && row_bytes(tiles_.row) > scratch_.size()) tiles_.row = (tiles_.row + 1) / 2;
    if (bridge_) bridged_.resize_discard(std::size_t(std::max(tiles_.moment, tiles_.row)));
}

template <class Real>
SystemView LocalRunner<Real>::view(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    SystemView out{};
    out.positions = seen.positions;
    out.types = seen.types;
    out.first = seen.neighbors.first;
    out.index = seen.neighbors.index;
    out.aparam = evaluation.aparam;
    out.first_type = seen.first_type;
    out.atom_energies = call.atom_energies;
    out.forces = call.forces;
    out.atom_virials = call.atom_virials;
    out.totals = totals_.data();
    return out;
}

/// Finds which neighbours each descriptor and pair table takes where there are more of them than its sel.
template <class Real>
void LocalRunner<Real>::find_all_cuts(const Neighborhood& seen, const SystemView& system) {
    cuts_of_.clear();
    std::size_t n_cuts = 0;
    const auto for_all = [&](auto&& look) {
        for (const auto& term : terms_)
            for (std::size_t d = 0; d < term->n_descriptors(); ++d)
                look(term->sections(d, 0), [&, d](int t) -> const EnvironmentView& { return term->environment(d, t); });
        for (const auto& table : pair_tables_)
            look(table->sections(), [&](int t) -> const EnvironmentView& { return table->view(t).environment; });
    };
    for_all([&](const std::vector<SectionRule>& sections, const auto&) {
        const int least = std::min_element(sections.begin(), sections.end(), [](const auto& a, const auto& b) {
                              return a.sel < b.sel;
                          })->sel;
        const bool has_cuts = overflow_ == OverflowPolicy::keep_nearest && seen.neighbors.most > least;
        cuts_of_.push_back(has_cuts ? std::ptrdiff_t(n_cuts) : -1);
        n_cuts += has_cuts ? std::size_t(seen.n_owned) * sections.size() : 0;
    });
    if (n_cuts == 0) return;
    cuts_.resize_with_slack(n_cuts);
    std::size_t k = 0;
    for_all([&](const std::vector<SectionRule>&, const auto& environment_of) {
        for (int t = 0; t < n_types() && cuts_of_[k] >= 0; ++t)
            find_cuts(queue_,
                      {system, seen.atoms.by_type + seen.atoms.type_first[t],
                       seen.atoms.type_first[t + 1] - seen.atoms.type_first[t], t},
                      environment_of(t), cuts_.data() + cuts_of_[k]);
        ++k;
    });
}

/// The tile as the k-th descriptor of the model sees it, or behind them a pair table.
template <class Real>
AtomTile LocalRunner<Real>::seen_by(std::size_t k, AtomTile tile) {
    tile.system.descriptor = static_cast<int>(k);
    tile.system.cuts = cuts_of_[k] >= 0 ? cuts_.data() + cuts_of_[k] : nullptr;
    return tile;
}

/// The fitting net of a term in either form; `kept` as in EnergyArgs.
template <class Real>
void LocalRunner<Real>::run_energies(const AtomTile& tile, const DeviceTerm<Real>& term,
                                     const DeviceNetwork<Real>& fitting, const std::int32_t* kept, int n_features,
                                     const FittingScratch<Real>& scratch) {
    const auto& center = term.center(tile.center);
    EnergyArgs<Real> energy;
    energy.tile = tile;
    energy.kept = kept;
    energy.shift = center.energy_shift;
    energy.bridged = bridge_ ? bridged_.data() : nullptr;
    run_fitting(gemm_, fitting, energy, center.subtract_vacuum, n_features, scratch);
    clock_.ends(Stage::fitting);
}

/// The k-th table at work on a tile; `kept` as in PairTableArgs.
template <class Real>
PairTableArgs LocalRunner<Real>::pair_table(std::size_t k, const AtomTile& tile, const std::int32_t* kept) {
    PairTableArgs out;
    out.tile = seen_by(cuts_of_.size() - pair_tables_.size() + k, tile);
    out.table = pair_tables_[k]->view(tile.center);
    out.kept = kept;
    if (bridge_) {
        out.bridge = *bridge_;
        out.bridged = bridged_.data();
    }
    return out;
}

/// Before the nets, which a bridge gives a share.
template <class Real>
void LocalRunner<Real>::begin_pair_tables(const AtomTile& tile, const std::int32_t* kept) {
    for (std::size_t k = 0; k < pair_tables_.size(); ++k) run_pair_energies(queue_, pair_table(k, tile, kept));
    if (!pair_tables_.empty()) clock_.ends(Stage::fitting);
}

/// Behind the nets, when a bridge knows their energies.
template <class Real>
void LocalRunner<Real>::finish_pair_tables(const AtomTile& tile, const std::int32_t* kept) {
    for (std::size_t k = 0; k < pair_tables_.size(); ++k) run_pair_forces(queue_, pair_table(k, tile, kept));
    if (!pair_tables_.empty()) clock_.ends(Stage::forces);
}

template <class Real>
void LocalRunner<Real>::run_moment_tile(const AtomTile& tile) {
    const MomentScratch<Real> scratch(Scratch(scratch_.data()), terms_, tile.center, tile.n_atoms);
    ServedAtoms served{scratch.kept, left_.data()};
    const auto is_silent = [&](std::size_t term) { return terms_[term]->center(tile.center).is_silent; };
    const auto for_descriptors = [&](auto&& run) {
        for (std::size_t term = 0, k = 0; term < terms_.size(); k += terms_[term++]->n_descriptors())
            for (std::size_t d = 0; d < terms_[term]->n_descriptors() && !is_silent(term); ++d)
                run(terms_[term]->in_moments(d), seen_by(k + d, tile),
                    terms_[term]->moment_input(scratch.fittings[term], tile.center, d));
    };
    for_descriptors([&](MomentDescriptor<Real>& descriptor, const AtomTile& seen, const FittingInput<Real>& input) {
        descriptor.forward(seen, served, input, clock_);
        served.has_notes = true;
    });
    const std::int32_t* kept = served.has_notes ? served.kept : nullptr;
    begin_pair_tables(tile, kept);
    for (std::size_t k = 0; k < terms_.size(); ++k)
        if (!is_silent(k))
            run_energies(tile, *terms_[k], *terms_[k]->center(tile.center).moment_fitting, served.kept,
                         terms_[k]->n_moment_features(tile.center), scratch.fittings[k]);
    for_descriptors([&](MomentDescriptor<Real>& descriptor, const AtomTile& seen, const FittingInput<Real>& input) {
        descriptor.backward(seen, served, input, clock_);
    });
    finish_pair_tables(tile, kept);
}

/// `first`: the number of the term's first descriptor among those of the model.
template <class Real>
void LocalRunner<Real>::run_row_tile(const AtomTile& tile, DeviceTerm<Real>& term, std::size_t first) {
    const RowScratch<Real> scratch(Scratch(scratch_.data()), term, tile.center, tile.n_atoms, most_neighbors_);
    const auto rows = [&](std::size_t d) {
        return RowTile<Real>{seen_by(first + d, tile), term.environment(d, tile.center), scratch.rows[d]};
    };
    for (std::size_t d = 0; d < term.n_descriptors(); ++d) {
        pack_rows(queue_, rows(d));
        clock_.ends(Stage::environment);
        term.on_rows(d).forward(rows(d), term.row_input(scratch.fitting, tile.center, d), clock_);
    }
    run_energies(tile, term, *term.center(tile.center).fitting, nullptr, term.n_row_features(), scratch.fitting);
    for (std::size_t d = 0; d < term.n_descriptors(); ++d) {
        const RowGradients<Real> gradients =
            term.on_rows(d).backward(rows(d), term.row_input(scratch.fitting, tile.center, d), clock_);
        scatter_rows(queue_, rows(d), gradients);
        clock_.ends(Stage::forces);
    }
}

template <class Real>
void LocalRunner<Real>::run_row_tile(const AtomTile& tile) {
    begin_pair_tables(tile, nullptr);
    std::size_t first = 0;
    for (const auto& term : terms_) {
        if (!term->center(tile.center).is_silent) run_row_tile(tile, *term, first);
        first += term->n_descriptors();
    }
    finish_pair_tables(tile, nullptr);
}

template <class Real>
void LocalRunner<Real>::evaluate(const Evaluation& evaluation, const ModelCall& call) {
    const Neighborhood& seen = evaluation.neighborhood;
    const AtomsByType& atoms = seen.atoms;
    queue_.use_device();
    for (const auto& term : terms_) term->set_frame_parameters(call.fparam);
    make_room(seen);
    const auto n_owned = std::size_t(seen.n_owned), n_total = std::size_t(seen.n_total);
    if (evaluation.begins) {
        queue_.clear(call.forces, 3 * n_total * sizeof(std::int64_t));
        queue_.clear(call.atom_energies, n_owned * sizeof(double));
        if (call.atom_virials != nullptr) queue_.clear(call.atom_virials, 9 * n_total * sizeof(std::int64_t));
        clear_totals(queue_, totals_.data());
        n_fallback_ = 0;
    }
    const SystemView system = view(evaluation, call);
    clock_.begin(!evaluation.may_defer);
    find_all_cuts(seen, system);
    clock_.ends(Stage::environment);

    for (int t = 0; t < n_types(); ++t) {
        const std::int32_t first = atoms.type_first[t], last = atoms.type_first[t + 1];
        if (is_silent_[std::size_t(t)] || first == last) continue;
        if (!is_compressed()) {
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
