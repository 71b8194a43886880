#include "plan.hpp"

#include <algorithm>
#include <cmath>

#include "comm/decomposition.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "geometry.hpp"
#include "neighbor/lattice.hpp"
#include "statistics.hpp"

namespace dpmd::bench {
namespace {

/// The numbers of all ranks, by rank.
struct Shares {
    std::vector<std::int64_t> owned, ghosts_local, ghosts_remote, sent, messages;
    explicit Shares(std::size_t n) : owned(n), ghosts_local(n), ghosts_remote(n), sent(n), messages(n) {}
};

double imbalance_of(const std::vector<std::int64_t>& owned) {
    const Spread spread = spread_of(owned);
    return spread.most / spread.mean;
}

/// Atoms by owner: first[r] to first[r + 1].
struct ByOwner {
    std::vector<Vector3> atoms;
    std::vector<std::size_t> first;
};

ByOwner sort_by_owner(const Decomposition& decomposition, const std::vector<Vector3>& atoms) {
    std::vector<int> owner(atoms.size());
    ByOwner out{std::vector<Vector3>(atoms.size()),
                std::vector<std::size_t>(std::size_t(decomposition.n_ranks()) + 1, 0)};
    for (std::size_t i = 0; i < atoms.size(); ++i) {
        owner[i] = decomposition.owner(atoms[i]);
        ++out.first[std::size_t(owner[i]) + 1];
    }
    for (std::size_t r = 1; r < out.first.size(); ++r) out.first[r] += out.first[r - 1];
    std::vector<std::size_t> next = out.first;
    for (std::size_t i = 0; i < atoms.size(); ++i) out.atoms[next[std::size_t(owner[i])]++] = atoms[i];
    return out;
}

std::vector<std::int64_t> counts_of(const ByOwner& sorted) {
    std::vector<std::int64_t> out;
    for (std::size_t r = 0; r + 1 < sorted.first.size(); ++r)
        out.push_back(std::int64_t(sorted.first[r + 1] - sorted.first[r]));
    return out;
}

/// Finds what every rank would find when it builds its halo, and the nanoseconds spent on finding wanted copies.
Shares share_out(const Decomposition& decomposition, const PeriodicCell& cell, const ByOwner& sorted, double reach,
                 std::int64_t& wanted_nanoseconds) {
    const auto n_ranks = std::size_t(decomposition.n_ranks());
    Shares shares(n_ranks);
    shares.owned = counts_of(sorted);
    std::vector<std::pair<int, int>> links;  // which rank sends to which
    for (std::size_t r = 0; r < n_ranks; ++r) {
        const std::int64_t start = nanoseconds();
        const std::vector<WantedCopy> wanted = wanted_copies(decomposition, int(r), cell, reach);
        wanted_nanoseconds += nanoseconds() - start;
        const std::span atoms(sorted.atoms.data() + sorted.first[r], std::size_t(shares.owned[r]));
        for (const WantedCopy& copy : wanted) {
            const auto n = std::count_if(atoms.begin(), atoms.end(), [&](const Vector3& f) { return copy.holds(f); });
            if (copy.rank == int(r)) {
                shares.ghosts_local[r] += n;
                continue;
            }
            shares.sent[r] += n;
            shares.ghosts_remote[std::size_t(copy.rank)] += n;
            if (n > 0) links.insert(links.end(), {{int(r), copy.rank}});
        }
    }
    std::sort(links.begin(), links.end());
    links.erase(std::unique(links.begin(), links.end()), links.end());
    for (const auto& [from, to] : links) ++shares.messages[std::size_t(from)];
    return shares;
}

void check_ghosts(const PlanSystem& system, const Decomposition& decomposition, double ghosts, double expected) {
    if (!system.is_even || std::fabs(ghosts / expected - 1) <= 0.05) return;
    throw InternalError(concat(system.name, " on ", decomposition.n_ranks(), " ranks: ", ghosts,
                               " ghosts per rank, but ", expected, " by geometry"));
}

}  // namespace

JsonText plan_ranks(const PlanSystem& system, int n_ranks) {
    const PeriodicCell cell = Lattice(system.box).geometry();
    const auto alone = make_single_rank();
    const Extent extent = extent_of(*alone, system.fractional, cell);
    const std::int64_t start = nanoseconds();
    Decomposition decomposition(choose_grid(n_ranks, cell, extent, system.reach), extent);
    const std::int64_t chosen = nanoseconds();
    const double equal_bricks = imbalance_of(counts_of(sort_by_owner(decomposition, system.fractional)));
    const std::int64_t sorted_once = nanoseconds();
    decomposition.balance(*alone, system.fractional, extent);
    const std::int64_t balanced = nanoseconds();
    std::int64_t wanted = 0;
    const Shares shares =
        share_out(decomposition, cell, sort_by_owner(decomposition, system.fractional), system.reach, wanted);

    const auto n_atoms = std::int64_t(system.fractional.size());
    std::vector<std::int64_t> ghosts;
    for (std::size_t r = 0; r < shares.owned.size(); ++r)
        ghosts.push_back(shares.ghosts_local[r] + shares.ghosts_remote[r]);
    const Spread spread = spread_of(ghosts);
    const double expected = system.is_even
                                ? expected_ghosts(system.box, decomposition.grid(), double(n_atoms), system.reach)
                                : std::nan("");
    check_ghosts(system, decomposition, spread.mean, expected);
    const double owned = double(n_atoms) / n_ranks;
    return json_object({{"kind", "plan"},
                        {"system", json_string(system.name)},
                        {"n_atoms", n_atoms},
                        {"n_ranks", n_ranks},
                        {"grid", json_list(decomposition.grid())},
                        {"reach", system.reach},
                        {"owned", json_spread(spread_of(shares.owned))},
                        {"ghosts", json_spread(spread)},
                        {"ghosts_local", json_spread(spread_of(shares.ghosts_local))},
                        {"sent", json_spread(spread_of(shares.sent))},
                        {"messages", json_spread(spread_of(shares.messages))},
                        {"imbalance", imbalance_of(shares.owned)},
                        {"imbalance_of_equal_bricks", equal_bricks},
                        {"ghost_ratio", spread.mean / owned},
                        {"expected_ghost_ratio", expected / owned},
                        {"seconds_to_choose_grid", 1e-9 * double(chosen - start)},
                        {"seconds_to_cut", 1e-9 * double(balanced - sorted_once)},
                        {"seconds_of_wanted_copies", 1e-9 * double(wanted) / n_ranks}});
}

}  // namespace dpmd::bench
