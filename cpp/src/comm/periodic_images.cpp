#include "comm/periodic_images.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {

void PeriodicImages::build(Backend& backend, const PeriodicCell& cell, const double* positions, std::int32_t n_owned,
                           double reach) {
    for (int k = 0; k < 3; ++k)
        if (cell.periodic[k] && reach / cell.width[k] > 1000)
            throw InputError(concat("the box is ", cell.width[k], " Å thin along lattice vector ", k,
                                    ", less than a thousandth of the cutoff ", reach, " Å; check the cell"));
    MakeImagesArgs args;
    args.n_owned = n_owned;
    args.positions = positions;
    args.cell = cell;
    args.reach = reach;
    for (;;) {
        args.owner = owner.data();
        args.images = images.data();
        args.capacity = static_cast<std::int64_t>(std::min(owner.capacity(), images.capacity() / 3));
        backend.make_images(args);
        if (args.n_images + n_owned >= key_max_atoms)
            throw InputError(concat(n_owned, " atoms need ", args.n_images, " periodic images within ", reach,
                                    " Å of the box; the neighbour keys count up to ", key_max_atoms,
                                    " atoms on one rank"));
        const bool fits = args.n_images <= args.capacity;
        owner.resize_with_slack(std::size_t(args.n_images));
        images.resize_with_slack(3 * std::size_t(args.n_images));
        if (fits) break;
    }
}

}  // namespace dpmd
