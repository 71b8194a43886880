#pragma once
// Pair tables on the GPU, and the bridge that joins one to the nets. The twin of cpp/src/cpu/tile/pair_table.hpp and
// bridge.hpp.
#include <vector>

#include "local/bridged_atom.hpp"
#include "local/environment.hpp"
#include "local/system.hpp"
#include "models/local/pair_table.hpp"

namespace dpmd::gpu {

/// A table as the atoms of one type see it; plain data, passed by value.
struct PairTableView {
    EnvironmentView environment;
    double first = 0, spacing = 0;  ///< Å
    int n_intervals = 0;
    const double* coefficients = nullptr;  ///< [n_types][n_intervals][4] of the neighbours
    double energy_shift = 0;               ///< eV
    bool is_silent = false;                ///< the atoms have no energy from the table
};

/// A table in device memory.
class DevicePairTable {
public:
    DevicePairTable(const PairTable& table, GemmTuner& gemm, Memory& memory);

    const PairTableView& view(int center) const { return views_[std::size_t(center)]; }
    /// Of centre type 0; the slots are the same for all.
    const std::vector<SectionRule>& sections() const { return sections_; }
    std::size_t bytes() const { return weights_.bytes(); }

private:
    Weights<double> weights_;
    std::vector<SectionRule> sections_;
    std::vector<PairTableView> views_;  // [n_types]
};

/// A table at work on a tile.
struct PairTableArgs {
    AtomTile tile;
    PairTableView table;
    const std::int32_t* kept = nullptr;  ///< [n_atoms] 0: not this atom; null: all
    Bridge bridge;
    BridgedAtom* bridged = nullptr;  ///< [n_atoms] out, for the nets; null: there is no bridge
};

/// Energies, and what the nets share of them where a bridge joins them.
void run_pair_energies(Queue& queue, const PairTableArgs& args);
/// Forces and virials, when the nets have left their energies.
void run_pair_forces(Queue& queue, const PairTableArgs& args);

}  // namespace dpmd::gpu
