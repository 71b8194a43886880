#pragma once
// Keeps every atom on the rank that owns its part of the box, and the parts evenly filled.
#include <cstdint>
#include <span>

#include "comm/decomposition.hpp"
#include "dpmd/simulation.hpp"
#include "md/state.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd::md {

class Migration {
public:
    /// `reach`: how far ghosts are needed, Å.
    Migration(const RankOptions& options, double reach) : options_(options), reach_(reach) {}

    /// Sends atoms to the ranks that own their places, given `positions` [n][3] of the atoms of this rank; divides the
    /// box anew when the shares have become uneven. Collective. Throws InputError when a position lies too far away.
    void distribute(State& state, std::span<const double> positions, const Lattice& lattice);

    const Decomposition& decomposition() const { return decomposition_; }
    /// Atoms that have changed rank so far, including those of the first distribution.
    std::int64_t n_migrated() const { return n_migrated_; }
    /// Most atoms of a rank over the mean, at the last distribution.
    double imbalance() const { return imbalance_; }
    std::int64_t nanoseconds() const { return nanoseconds_; }

private:
    void cut(State& state, std::span<const Vector3> fractional, const PeriodicCell& cell);
    double imbalance_of(State& state, std::span<const int> owners) const;

    RankOptions options_;
    double reach_;
    Decomposition decomposition_;
    bool is_cut_ = false;
    std::int64_t n_migrated_ = 0, nanoseconds_ = 0;
    double imbalance_ = 1;
};

}  // namespace dpmd::md
