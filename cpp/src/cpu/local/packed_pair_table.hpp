#pragma once
// A pair table as the tiles take it.
#include <vector>

#include "cpu/local/packed_environment.hpp"
#include "models/local/pair_table.hpp"

namespace dpmd::cpu {

struct PackedPairTable {
    int environment = 0;  ///< which of the model's it sees
    double first = 0, spacing = 0;
    int n_intervals = 0;
    std::vector<double> coefficients;  ///< [n_types][n_types][n_intervals][4]
    std::vector<double> energy_shift;  ///< [n_types] eV
    std::vector<char> is_silent;       ///< [n_types] whether atoms of this type have no energy from the table

    PackedPairTable() = default;
    PackedPairTable(const PairTable& from, int environment);

    /// The coefficients of a pair of types.
    DPMD_HD const double* of_pair(int center, int neighbor) const {
        const auto n_types = energy_shift.size();
        return coefficients.data() +
               (std::size_t(center) * n_types + std::size_t(neighbor)) * std::size_t(n_intervals) * 4;
    }
    std::size_t bytes() const { return coefficients.capacity() * sizeof(double); }
};

/// What a table sees: distances without environment rows. `place`: its number behind the descriptors of the model.
PackedEnvironment environment_of(const PairTable& table, int place);

}  // namespace dpmd::cpu
