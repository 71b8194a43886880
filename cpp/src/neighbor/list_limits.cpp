#include "neighbor/list_limits.hpp"

#include <cmath>

#include "comm/periodic_images.hpp"
#include "core/available_memory.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/densest_matter.hpp"
#include "math/packed_key.hpp"

namespace dpmd {

void require_skin(double skin) {
    if (!(skin >= 0) || !std::isfinite(skin)) throw InputError(concat("skin = ", skin, " Å must be zero or more"));
}

void require_density(std::int32_t n, const Lattice& lattice, double reach) {
    if (n >= key_max_atoms)
        throw InputError(concat(n, " atoms are more than the neighbour keys count on one rank (", key_max_atoms,
                                "); use more ranks"));
    require_wide(lattice.geometry(), reach);
    if (!(lattice.periodic[0] && lattice.periodic[1] && lattice.periodic[2])) return;
    if (n <= densest_matter * lattice.volume()) return;
    double n_images = n;
    for (const double width : lattice.width) n_images *= 1 + 2 * reach / width;
    throw InputError(concat("the cell has ", lattice.volume(), " Å^3 for ", n, " atoms and is ", lattice.width[0],
                            " x ", lattice.width[1], " x ", lattice.width[2], " Å wide: ", n_images,
                            " periodic images would be within ", reach, " Å, and no matter has more than ",
                            densest_matter, " atoms per Å^3; check the cell and its unit"));
}

void require_memory(const BuildNeighborsArgs& args) {
    const double needed = sizeof(std::int32_t) * double(args.n_pairs);
    if (needed < 1e8) return;
    const auto available = double(available_memory());
    if (needed <= available) return;
    throw InputError(concat(args.n_owned, " atoms have ", args.n_pairs, " neighbours nearer than ", args.cutoff,
                            " Å, one of them ", args.most, ": a list of ", memory_text(needed), ", of which ",
                            memory_text(available), " are available; check positions and cell, or use more ranks"));
}

}  // namespace dpmd
