#include "neighbor/host_lists.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

/// Distances between coordinates below this, and all numbers derived from them, fit the keys and kernels.
constexpr double farthest_coordinate = 1e12;  // Å

constexpr std::int64_t values_per_block = 16384, lists_per_block = 256;

std::int32_t atom_of_list(const HostNeighbors& given, std::int32_t k) {
    return given.atoms != nullptr ? given.atoms[k] : k;
}

}  // namespace

void require_coordinates(std::span<const double> positions, int n_threads) {
    const auto n = static_cast<std::int64_t>(positions.size());
    const std::int64_t bad = first_where(n_threads, n, values_per_block, [&](std::int64_t k) {
        return !(std::fabs(positions[std::size_t(k)]) <= farthest_coordinate);
    });
    if (bad == n) return;
    const double x = positions[std::size_t(bad)];
    const char* const problem = std::isfinite(x) ? " Å is beyond 1e12 Å" : " is not finite";
    throw InputError(concat("positions[", bad / 3, "][", bad % 3, "] = ", x, problem));
}

HostLists::HostLists(std::shared_ptr<Backend> backend)
    : backend_(std::move(backend)),
      entries_(backend_->memory().staging()),
      given_atoms_(backend_->memory()),
      given_entries_(backend_->memory()),
      given_first_(backend_->memory()),
      given_ids_(backend_->memory()),
      given_positions_(backend_->memory()),
      first_(backend_->memory()),
      index_(backend_->memory()),
      types_(backend_->memory()),
      by_type_(backend_->memory()) {}

void HostLists::set(const HostNeighbors& given, std::int32_t n_types) {
    are_set_ = false;
    check_atoms(given, n_types);
    n_owned_ = given.n_owned;
    n_total_ = given.n_owned + given.n_ghosts;
    types_.copy_in({given.types, std::size_t(n_total_)});
    if (given.first_type >= 0) first_type_ = given.first_type;
    else if (n_owned_ > 0) first_type_ = std::max(given.types[0], std::int32_t(0));
    copy_lists(given);
    gather(given);
    group_centers(given, n_types);
    are_set_ = true;
}

void HostLists::group_centers(const HostNeighbors& given, std::int32_t n_types) {
    by_type_.resize_with_slack(std::size_t(n_owned_));
    type_first_.resize(std::size_t(n_types) + 1);
    const auto group = [&](const std::int32_t* types) {
        backend_->group_by_type({n_owned_, n_types, types, by_type_.data(), type_first_.data()});
    };
    if (!given.listed_only || given.n_lists == n_owned_) return group(types_.data());
    std::vector<std::int32_t> center_types(std::size_t(n_owned_), -1);
    for (const std::int32_t i : listed_) center_types[std::size_t(i)] = given.types[i];
    Array<std::int32_t> in_backend(backend_->memory());
    in_backend.copy_in(center_types);
    group(in_backend.data());
}

void HostLists::check_atoms(const HostNeighbors& given, std::int32_t n_types) const {
    if (given.n_owned < 0 || given.n_ghosts < 0 || std::int64_t(given.n_owned) + given.n_ghosts >= key_max_atoms)
        throw InputError(concat(given.n_owned, " atoms and ", given.n_ghosts, " ghosts are not between 0 and ",
                                key_max_atoms, " together"));
    const std::int64_t n_total = std::int64_t(given.n_owned) + given.n_ghosts;
    const std::int64_t bad = first_where(backend_->n_threads(), n_total, values_per_block, [&](std::int64_t i) {
        return given.types[i] < -1 || given.types[i] >= n_types;
    });
    if (bad < n_total)
        throw InputError(concat("types[", bad, "] = ", given.types[bad],
                                " is not a type of this model, which has 0 to ", n_types - 1,
                                " (and -1 for an atom of no concern)"));
    if (given.first_type < -1 || given.first_type >= n_types)
        throw InputError(
            concat("first_type = ", given.first_type, " is not a type of this model, which has 0 to ", n_types - 1));
    require_coordinates({given.positions, 3 * std::size_t(n_total)}, backend_->n_threads());
}

/// Copies the lists one after the other, without the flags of the host.
void HostLists::copy_lists(const HostNeighbors& given) {
    std::vector<bool> seen(std::size_t(given.n_owned), false);
    listed_.resize(std::size_t(given.n_lists));
    list_first_.assign(1, 0);
    for (std::int32_t k = 0; k < given.n_lists; ++k) {
        const std::int32_t i = atom_of_list(given, k);
        if (i < 0 || i >= given.n_owned)
            throw InputError(concat("atoms[", k, "] = ", i, " is not one of the ", given.n_owned, " owned atoms"));
        if (seen[std::size_t(i)]) throw InputError(concat("atom ", i, " has two neighbour lists"));
        if (given.counts[k] < 0) throw InputError(concat("counts[", k, "] = ", given.counts[k], " is negative"));
        seen[std::size_t(i)] = true;
        listed_[std::size_t(k)] = i;
        list_first_.push_back(list_first_.back() + given.counts[k]);
    }
    entries_.resize_with_slack(std::size_t(list_first_.back()));
    for_each_block(backend_->n_threads(), given.n_lists, lists_per_block, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t k = first; k < last; ++k)
            std::transform(given.lists[k], given.lists[k] + given.counts[k],
                           entries_.data() + list_first_[std::size_t(k)],
                           [&](std::int32_t entry) { return entry & given.index_mask; });
    });
}

void HostLists::gather(const HostNeighbors& given) {
    first_.resize_with_slack(std::size_t(n_owned_) + 1);
    GatherHostListsArgs args;
    args.n_owned = n_owned_;
    args.n_total = n_total_;
    args.types = types_.data();
    args.n_lists = given.n_lists;
    args.atoms = given_atoms_.put(listed_.data(), listed_.size());
    args.list_first = given_first_.put(list_first_.data(), list_first_.size());
    args.entries = given_entries_.put(entries_.data(), entries_.size());
    args.half = given.half;
    args.first = first_.data();
    for (;;) {
        args.index = index_.data();
        args.capacity = static_cast<std::int64_t>(index_.capacity());
        backend_->gather_host_lists(args);
        if (args.bad >= 0) {
            const auto list = std::upper_bound(list_first_.begin(), list_first_.end(), args.bad) - list_first_.begin();
            throw InputError(concat("the list of atom ", listed_[std::size_t(list) - 1], " names atom ",
                                    entries_[std::size_t(args.bad)], "; its neighbours are others from 0 to ",
                                    n_total_ - 1));
        }
        if (args.n_pairs <= args.capacity) break;
        index_.resize_with_slack(std::size_t(args.n_pairs));
    }
    most_ = args.most;
    const auto n_total = std::size_t(n_total_);
    backend_->order_neighbors({n_owned_, given_positions_.put(given.positions, 3 * n_total), types_.data(),
                               given_ids_.put(given.ids, n_total), first_.data(), most_, index_.data()});
}

}  // namespace dpmd
