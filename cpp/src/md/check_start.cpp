#include "md/check_start.hpp"

#include <cmath>
#include <vector>

#include "comm/together.hpp"
#include "core/text.hpp"
#include "md/describe_ensemble.hpp"
#include "md/run_identity.hpp"

namespace dpmd::md {
namespace {

constexpr std::size_t most_atoms = 700'000'000;  // three degrees of freedom each, counted in 31 bits

// For masses between these limits, momenta and kinetic energies fit their fixed-point sums.
constexpr double least_mass = 1e-6, most_mass = 1e9;  // atomic mass units

void check_finite(std::span<const double> values, const char* name) {
    for (std::size_t k = 0; k < values.size(); ++k)
        if (!std::isfinite(values[k]))
            throw InputError(concat(name, "[", k / 3, "][", k % 3, "] = ", values[k], " is not finite"));
}

void check_size(std::size_t size, std::size_t wanted, const char* name, const char* of_what) {
    if (size != wanted) throw InputError(concat(name, " has ", size, " values; ", wanted, " are needed, ", of_what));
}

void check_positive(double value, const char* name, const char* unit) {
    if (!(value > 0) || !std::isfinite(value))
        throw InputError(concat(name, " = ", value, " ", unit, " must be a positive number"));
}

void check_fixed(std::span<const std::int32_t> fixed, std::size_t n) {
    std::vector<bool> seen(n, false);
    for (std::size_t k = 0; k < fixed.size(); ++k) {
        if (fixed[k] < 0 || std::size_t(fixed[k]) >= n)
            throw InputError(concat("fixed[", k, "] = ", fixed[k], " is not an atom; they are numbered 0 to ", n - 1));
        if (seen[std::size_t(fixed[k])]) throw InputError(concat("fixed names atom ", fixed[k], " twice"));
        seen[std::size_t(fixed[k])] = true;
    }
    if (fixed.size() == n)
        throw InputError(concat("all ", n, " atoms are fixed, so nothing can move; leave some free"));
}

template <class E>
void check_parameter(const E& e, const NumberParameter<E>& row) {
    const double value = e.*row.member;
    if (row.is_positive) check_positive(value, row.name, row.unit);
    else if (!std::isfinite(value))
        throw InputError(concat(row.name, " = ", value, " ", row.unit, " must be a finite number"));
}
template <class E>
void check_parameter(const E& e, const CountParameter<E>& row) {
    const int value = e.*row.member;
    if (value < row.least || value > row.most)
        throw InputError(concat(row.name, " = ", value, " must be ", row.least, " to ", row.most));
}
template <class E>
void check_parameter(const E&, const CouplingParameter<E>&) {}

template <class E>
void check_ensemble(const E& ensemble, const Box& box) {
    for_each_parameter<E>([&](const auto& row) { check_parameter(ensemble, row); });
    if (!E::kind.changes_cell) return;
    for (std::size_t k = 0; k < 3; ++k)
        if (!box.periodic[k])
            throw InputError(concat(E::kind.name,
                                    " changes the cell, so the box must be periodic in all directions, but pbc[", k,
                                    "] is false; use another ensemble"));
}

Momentum momentum_of(const Ensemble& ensemble) {
    return std::visit([](const auto& e) { return e.kind.momentum; }, ensemble);
}

void check_ranks(const RankOptions& ranks) {
    if (!(ranks.most_imbalance >= 1))
        throw InputError(concat("most_imbalance = ", ranks.most_imbalance, " must be 1 or more"));
    const auto& [a, b, c] = ranks.grid;
    if (a == 0 && b == 0 && c == 0) return;
    if (a < 1 || b < 1 || c < 1 || std::int64_t(a) * b * c != ranks.communicator->size())
        throw InputError(concat("grid = ", a, " x ", b, " x ", c, " does not make ", ranks.communicator->size(),
                                " bricks, one per rank"));
}

/// Without this check, ranks could silently simulate different systems.
void check_alike(Communicator& ranks, std::uint64_t mine) {
    std::vector<std::uint64_t> all(std::size_t(ranks.size()));
    ranks.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    for (std::size_t r = 1; r < all.size(); ++r)
        if (all[r] != all[0])
            throw InputError(concat("rank ", r,
                                    " was given other atoms, options or another form of the model than "
                                    "rank 0; all ranks must start from the same"));
}

}  // namespace

void check_start(const SimulationStart& start, const ModelInfo& model) {
    const std::size_t n = start.types.size();
    if (n == 0) throw InputError("there are no atoms to move");
    if (n > most_atoms) throw InputError(concat(n, " atoms are more than a simulation can hold (", most_atoms, ")"));
    check_size(start.positions.size(), 3 * n, "positions", "three per type");
    check_finite(start.positions, "positions");
    if (!start.velocities.empty()) check_size(start.velocities.size(), 3 * n, "velocities", "three per type");
    check_finite(start.velocities, "velocities");
    check_size(start.masses.size(), model.type_map.size(), "masses", "one per type of the model");
    for (std::size_t t = 0; t < start.masses.size(); ++t)
        if (!(start.masses[t] >= least_mass && start.masses[t] <= most_mass))
            throw InputError(concat("masses[", t, "] = ", start.masses[t], " (", model.type_map[t],
                                    ") must be positive, from ", least_mass, " to ", most_mass, " atomic mass units"));
    for (std::size_t i = 0; i < n; ++i)
        if (start.types[i] < 0 || std::size_t(start.types[i]) >= model.type_map.size())
            throw InputError(concat("types[", i, "] = ", start.types[i],
                                    " is not a type of this model, which has 0 to ", model.type_map.size() - 1,
                                    "; virtual atoms cannot move"));
    check_fixed(start.fixed, n);
    if (!start.velocities.empty()) check_at_rest(start.fixed, start.velocities);
}

void check_at_rest(std::span<const std::int32_t> fixed, std::span<const double> velocities) {
    for (const std::int32_t atom : fixed) {
        const double* v = velocities.data() + 3 * std::size_t(atom);
        if (v[0] != 0 || v[1] != 0 || v[2] != 0)
            throw InputError(concat("velocities[", atom, "] = (", v[0], ", ", v[1], ", ", v[2],
                                    ") Å/fs, but this atom is fixed; set its velocity to zero, or leave it free"));
    }
}

void check_options(const SimulationOptions& options, const SimulationStart& start) {
    check_positive(options.timestep, "timestep", "fs");
    if (!(options.skin >= 0) || !std::isfinite(options.skin))
        throw InputError(concat("skin = ", options.skin, " Å must be zero or more"));
    constexpr std::int64_t largest_run_id = std::int64_t(1) << 52;
    if (options.run_id < 0 || options.run_id > largest_run_id)
        throw InputError(concat("run_id = ", options.run_id, " must be from 1 to 2^52, or 0"));
    std::visit([&](const auto& ensemble) { check_ensemble(ensemble, start.box); }, options.ensemble);
    const bool needs_rest = momentum_of(options.ensemble) == Momentum::amplified;
    if (!options.zero_momentum && needs_rest && start.fixed.empty())
        throw InputError(concat(describe(options.ensemble),
                                " scales velocities, so it needs a total momentum of zero; leave zero_momentum on"));
    const auto n_atoms = static_cast<std::int64_t>(start.types.size());
    if (degrees_of_freedom(options, n_atoms, static_cast<std::int64_t>(start.fixed.size())) == 0)
        throw InputError(
            "one atom without total momentum cannot move; use Langevin with zero_momentum off, or more atoms");
}

void check_together(const Potential* potential, const SimulationStart& start, const SimulationOptions& options,
                    const RankOptions& ranks) {
    std::uint64_t hash = 0;
    const bool is_shared = ranks.communicator->size() > 1;
    together(*ranks.communicator, [&] {
        if (potential == nullptr) throw InputError("a simulation needs a potential");
        check_start(start, potential->info());
        check_options(options, start);
        check_ranks(ranks);
        if (is_shared) hash = hash_of(*potential, start, options);
    });
    if (is_shared) check_alike(*ranks.communicator, hash);
}

int degrees_of_freedom(const SimulationOptions& options, std::int64_t n_atoms, std::int64_t n_fixed) {
    if (n_fixed > 0) return static_cast<int>(3 * (n_atoms - n_fixed));
    const bool momentum_moves = momentum_of(options.ensemble) == Momentum::driven && !options.zero_momentum;
    return static_cast<int>(3 * n_atoms - (momentum_moves ? 0 : 3));
}

}  // namespace dpmd::md
