#include "cpu/lists/require_sparse.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/densest_matter.hpp"

namespace dpmd::cpu {
namespace {

/// Fewer atoms in a cell are always accepted, however dense they are.
constexpr double many_in_cell = 1000;
/// A number of pairs of atoms in the same cell that takes seconds to go through.
constexpr double many_pairs = 1e9;

}  // namespace

void require_sparse(const CellGrid& grid, const BuildNeighborsArgs& args) {
    double most = 0, pairs = 0;
    std::int64_t fullest = 0;
    for (std::int64_t cell = 0; cell < grid.n_cells(); ++cell) {
        const double n = grid.cell_first(cell + 1) - grid.cell_first(cell);
        pairs += n * n;
        if (n <= most) continue;
        most = n;
        fullest = cell;
    }
    if (most <= many_in_cell) return;
    const double edges[3] = {grid.cell_edge(0), grid.cell_edge(1), grid.cell_edge(2)};
    const std::int64_t id = args.ids[grid.order()[grid.cell_first(fullest)]];
    const std::string place =
        concat(most, " atoms are in a box of ", edges[0], " x ", edges[1], " x ", edges[2], " Å with atom ", id);
    if (most > densest_matter * edges[0] * edges[1] * edges[2])
        throw InputError(concat(place, ", more than any matter has (", densest_matter,
                                " per Å^3); check the positions, their unit and the cell"));
    if (pairs > many_pairs && std::max({edges[0], edges[1], edges[2]}) > args.cutoff)
        throw InputError(concat(place,
                                ", the smallest that can be numbered, since others are so far away; remove "
                                "atoms that have flown off"));
}

}  // namespace dpmd::cpu
