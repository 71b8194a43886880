#include "engine/host_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "dpmd/errors.hpp"
#include "math/fixed_point.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

double distance(const double* positions, std::int32_t i, std::int32_t j) {
    double r2 = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        const double d = positions[3 * std::size_t(j) + c] - positions[3 * std::size_t(i) + c];
        r2 += d * d;
    }
    return std::sqrt(r2);
}

/// Distances between coordinates below this, and what is made of them, are numbers that keys and kernels can hold.
constexpr double farthest_position = 1e12;  // Å

void check_positions(std::span<const double> positions) {
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const double x = positions[k];
        if (std::fabs(x) <= farthest_position) continue;
        const char* const problem = std::isfinite(x) ? " Å is beyond 1e12 Å" : " is not finite";
        throw InputError(concat("positions[", k / 3, "][", k % 3, "] = ", x, problem));
    }
}

void put(std::span<const std::int64_t> fixed, double* to) {
    for (const std::int64_t value : fixed) *to++ = from_fixed(value);
}

}  // namespace

HostListEngine::HostListEngine(std::shared_ptr<Backend> backend)
    : backend_(std::move(backend)),
      models_(*backend_),
      device_first_(backend_->memory()),
      device_index_(backend_->memory()),
      device_types_(backend_->memory()),
      by_type_(backend_->memory()),
      positions_(backend_->memory()),
      aparam_(backend_->memory()) {}

void HostListEngine::check(const HostNeighbors& given) const {
    if (models_.empty()) throw InternalError("an engine without models has no use for neighbours");
    if (given.n_owned < 0 || given.n_ghosts < 0 || std::int64_t(given.n_owned) + given.n_ghosts >= key_max_atoms)
        throw InputError(concat(given.n_owned, " atoms and ", given.n_ghosts, " ghosts are not between 0 and ",
                                key_max_atoms, " together"));
    const std::int32_t n_total = given.n_owned + given.n_ghosts, n_types = model(0).n_types();
    for (std::int32_t i = 0; i < n_total; ++i) {
        if (given.types[i] < -1 || given.types[i] >= n_types)
            throw InputError(concat("types[", i, "] = ", given.types[i],
                                    " is not a type of this model, which has 0 to ", n_types - 1,
                                    " (and -1 for an atom of no concern)"));
    }
    check_positions({given.positions, 3 * std::size_t(n_total)});
    std::vector<bool> seen(std::size_t(given.n_owned), false);
    for (std::int32_t k = 0; k < given.n_lists; ++k) {
        const std::int32_t i = given.atoms != nullptr ? given.atoms[k] : k;
        if (i < 0 || i >= given.n_owned)
            throw InputError(concat("atoms[", k, "] = ", i, " is not one of the ", given.n_owned, " owned atoms"));
        if (seen[std::size_t(i)]) throw InputError(concat("atom ", i, " has two neighbour lists"));
        seen[std::size_t(i)] = true;
        if (given.counts[k] < 0) throw InputError(concat("counts[", k, "] = ", given.counts[k], " is negative"));
        for (std::int32_t p = 0; p < given.counts[k]; ++p) {
            const std::int32_t j = given.lists[k][p] & given.index_mask;
            if (j < 0 || j >= n_total || j == i)
                throw InputError(concat("the list of atom ", i, " names atom ", j,
                                        "; its neighbours are others from 0 to ", n_total - 1));
        }
    }
}

void HostListEngine::gather_lists(const HostNeighbors& given) {
    const auto visit = [&](auto&& pair) {
        for (std::int32_t k = 0; k < given.n_lists; ++k) {
            const std::int32_t i = given.atoms != nullptr ? given.atoms[k] : k;
            if (given.types[i] < 0) continue;
            for (std::int32_t p = 0; p < given.counts[k]; ++p) {
                const std::int32_t j = given.lists[k][p] & given.index_mask;
                if (given.types[j] < 0) continue;
                pair(i, j);
                if (given.half && j < given.n_owned) pair(j, i);
            }
        }
    };
    first_.assign(std::size_t(given.n_owned) + 1, 0);
    visit([&](std::int32_t i, std::int32_t) { ++first_[std::size_t(i) + 1]; });
    for (std::size_t i = 0; i < std::size_t(given.n_owned); ++i) first_[i + 1] += first_[i];
    index_.resize(std::size_t(first_.back()));
    std::vector<std::int64_t> next(first_.begin(), first_.end() - 1);
    visit([&](std::int32_t i, std::int32_t j) { index_[std::size_t(next[std::size_t(i)]++)] = j; });
}

/// By type, then distance, then id: sums then have an order that does not depend on where atoms are stored.
void HostListEngine::sort_lists(const HostNeighbors& given) {
    double farthest = 0;
    for (std::int32_t i = 0; i < given.n_owned; ++i)
        for (std::int64_t p = first_[std::size_t(i)]; p < first_[std::size_t(i) + 1]; ++p)
            farthest = std::max(farthest, distance(given.positions, i, index_[std::size_t(p)]));
    const double scale = key_scale(std::max(farthest, 1e-3) * (1 + 1e-9));
    const auto id_of = [&](PackedKey key) {
        const std::int32_t j = key_index(key);
        return given.ids != nullptr ? given.ids[j] : std::int64_t(j);
    };
    constexpr std::int64_t block = 256;
    const int n_threads = backend_->n_threads();
    std::vector<std::vector<PackedKey>> keys_of(std::size_t(std::max(n_threads, 1)));
    parallel_for(n_threads, (given.n_owned + block - 1) / block, 1, [&](std::int64_t b, int thread) {
        std::vector<PackedKey>& keys = keys_of[std::size_t(thread)];
        for (std::int64_t i = b * block; i < std::min<std::int64_t>(given.n_owned, (b + 1) * block); ++i) {
            keys.clear();
            for (std::int64_t p = first_[std::size_t(i)]; p < first_[std::size_t(i) + 1]; ++p) {
                const std::int32_t j = index_[std::size_t(p)];
                keys.push_back(pack_key(given.types[j], distance(given.positions, std::int32_t(i), j), scale, j));
            }
            std::sort(keys.begin(), keys.end(), [&](PackedKey a, PackedKey b2) {
                const PackedKey ka = key_without_index(a), kb = key_without_index(b2);
                if (ka != kb) return ka < kb;
                const std::int64_t ida = id_of(a), idb = id_of(b2);
                return ida != idb ? ida < idb : key_index(a) < key_index(b2);
            });
            std::transform(keys.begin(), keys.end(), index_.begin() + first_[std::size_t(i)],
                           [](PackedKey key) { return key_index(key); });
        }
    });
}

void HostListEngine::set_neighbors(const HostNeighbors& given) {
    has_neighbors_ = false;
    check(given);
    n_owned_ = given.n_owned;
    n_total_ = given.n_owned + given.n_ghosts;
    types_.assign(given.types, given.types + n_total_);
    gather_lists(given);
    sort_lists(given);
    most_ = 0;
    for (std::size_t i = 0; i < std::size_t(n_owned_); ++i)
        most_ = std::max(most_, static_cast<std::int32_t>(first_[i + 1] - first_[i]));
    device_first_.copy_in(first_);
    device_index_.copy_in(index_);
    device_types_.copy_in(types_);
    by_type_.resize_with_slack(std::size_t(n_owned_));
    type_first_.resize(std::size_t(model(0).n_types()) + 1);
    backend_->group_by_type({n_owned_, model(0).n_types(), device_types_.data(), by_type_.data(), type_first_.data()});
    has_neighbors_ = true;
}

Neighborhood HostListEngine::neighborhood() const {
    return {n_owned_,
            n_total_,
            positions_.data(),
            device_types_.data(),
            {device_first_.data(), device_index_.data(), most_},
            {by_type_.data(), type_first_.data()}};
}

void HostListEngine::compute(const HostCall& call, std::span<const HostResult> results) {
    if (!has_neighbors_) throw InputError("there are no neighbour lists; set them first");
    if (results.size() > models_.size())
        throw InternalError(concat(results.size(), " results of ", models_.size(), " models"));
    const std::span<const double> positions(call.positions, 3 * std::size_t(n_total_));
    models_.check({call.fparam, call.aparam}, std::size_t(n_owned_));
    check_positions(positions);
    positions_.copy_in(positions);
    aparam_.copy_in(call.aparam);
    Evaluation evaluation;
    evaluation.neighborhood = neighborhood();
    evaluation.aparam = aparam_.data();
    models_.evaluate(evaluation, call.fparam, results);
    for (std::size_t k = 0; k < results.size(); ++k) require_sound(k);
    for (std::size_t k = 0; k < results.size(); ++k) put_result(k, results[k]);
}

void HostListEngine::require_sound(std::size_t model) const {
    const EvaluateStatus status = models_.totals(model).status;
    if (status.fault != EvaluateFault::none)
        models_.fail(model, status, types_[std::size_t(status.atom)],
                     [](std::int32_t place) { return std::int64_t(place); });
}

void HostListEngine::put_result(std::size_t model, const HostResult& to) {
    const EvaluateTotals found = models_.totals(model);
    if (to.energy != nullptr) *to.energy = found.energy.value();
    for (std::size_t k = 0; to.virial != nullptr && k < 9; ++k) to.virial[k] = found.virial[k].value();
    if (to.atom_energies != nullptr) std::ranges::copy(models_.atom_energies(model).on_host(), to.atom_energies);
    if (to.forces != nullptr) put(models_.forces(model).on_host(), to.forces);
    if (to.atom_virials != nullptr) put(models_.atom_virials(model).on_host(), to.atom_virials);
}

std::size_t HostListEngine::bytes() const {
    const auto held = [](const auto& values) { return values.capacity() * sizeof(values[0]); };
    return models_.bytes() + held(first_) + held(index_) + held(types_) + held(type_first_) + device_first_.bytes() +
           device_index_.bytes() + device_types_.bytes() + by_type_.bytes() + positions_.bytes() + aparam_.bytes();
}

}  // namespace dpmd
