// Descriptors and the last hidden layer of the fitting net for all atoms, from the networks as trained.
#include <algorithm>

#include "core/threads.hpp"
#include "cpu/local/runner.hpp"

namespace dpmd::cpu {

template <class Real>
DescriptionWidths LocalRunner<Real>::description_widths() const {
    if (model_.trained.terms.empty()) return {};
    const PackedTerm<Real>& term = model_.trained.terms.front();
    DescriptionWidths widths{term.n_features(0), 0};  // the same for all types
    for (const PackedNetwork<Real>& network : term.fitting.networks)
        widths.hidden = std::max(widths.hidden, network.layers.back().n_in);
    return widths;
}

template <class Real>
EvaluateStatus LocalRunner<Real>::describe(const Evaluation& evaluation, const DescribeOutputs& outputs) {
    const DescriptionWidths widths = description_widths();
    look_at(evaluation, evaluation.calls.front());
    std::fill_n(outputs.descriptors, std::size_t(n_owned_) * std::size_t(widths.descriptor), 0.0);
    std::fill_n(outputs.hidden, std::size_t(n_owned_) * std::size_t(widths.hidden), 0.0);
    std::fill(totals_.begin(), totals_.end(), TileTotals{});
    make_tiles(evaluation, Tiles::to_describe);
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

template DescriptionWidths LocalRunner<double>::description_widths() const;
template DescriptionWidths LocalRunner<float>::description_widths() const;
template EvaluateStatus LocalRunner<double>::describe(const Evaluation&, const DescribeOutputs&);
template EvaluateStatus LocalRunner<float>::describe(const Evaluation&, const DescribeOutputs&);

}  // namespace dpmd::cpu
