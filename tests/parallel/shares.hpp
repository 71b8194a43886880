#pragma once
// A system divided among ranks.
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "comm/decomposition.hpp"
#include "neighbor/lattice.hpp"
#include "oracle/pairs_reference.hpp"

namespace dpmd::testing {

/// The share of one rank and, for comparison, the whole system.
struct Share {
    struct Atom {
        std::int32_t type;
        Vector3 wrapped;
        int owner;
    };
    Decomposition decomposition;
    std::vector<std::int64_t> ids;
    std::vector<std::int32_t> types;
    std::vector<double> positions, wrapped;  ///< [n][3] as given, and wrapped
    std::map<std::int64_t, Atom> everyone;

    std::int32_t n() const { return static_cast<std::int32_t>(ids.size()); }
};

/// A share of the box divided evenly into the grid of choose_grid.
inline Share share_of(const reference::System& system, Communicator& ranks, const Lattice& lattice, double reach) {
    Share out;
    const PeriodicCell cell = lattice.geometry();
    std::vector<double> wrapped = system.positions;
    for (std::size_t i = 0; i < std::size_t(system.n()); ++i) {
        const auto n = lattice.wrap(system.positions.data() + 3 * i);
        const double cells[3] = {double(n[0]), double(n[1]), double(n[2])};
        const Vector3 moved = row_times(cells, cell.cell);
        for (std::size_t c = 0; c < 3; ++c) wrapped[3 * i + c] -= moved[int(c)];
    }
    const std::vector<Vector3> fractional = fractions_of(wrapped, cell);
    const auto alone = make_single_rank();
    const Extent extent = extent_of(*alone, fractional, cell);
    out.decomposition = Decomposition(choose_grid(ranks.size(), cell, extent, reach), extent);
    out.decomposition.balance(*alone, fractional, extent);
    for (std::size_t i = 0; i < std::size_t(system.n()); ++i) {
        const int owner = out.decomposition.owner(fractional[i]);
        const Vector3 at{{wrapped[3 * i], wrapped[3 * i + 1], wrapped[3 * i + 2]}};
        out.everyone[std::int64_t(i)] = {system.types[i], at, owner};
        if (owner != ranks.rank()) continue;
        out.ids.push_back(std::int64_t(i));
        out.types.push_back(system.types[i]);
        for (std::size_t c = 0; c < 3; ++c) {
            out.positions.push_back(system.positions[3 * i + c]);
            out.wrapped.push_back(wrapped[3 * i + c]);
        }
    }
    return out;
}

}  // namespace dpmd::testing
