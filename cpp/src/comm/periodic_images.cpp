#include "comm/periodic_images.hpp"

#include <algorithm>

#include "core/available_memory.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

/// Bytes of memory for each image: here, and where it is placed, sorted and given forces.
constexpr double bytes_per_image = 160;

/// Checked before images are made: a cell that is too small by mistake has millions of them.
void require_memory(std::int64_t n_images, std::int32_t n_owned, const PeriodicCell& cell, double reach) {
    const double needed = bytes_per_image * double(n_images);
    if (needed < 1e8) return;
    const auto available = double(available_memory());
    if (needed <= available) return;
    throw InputError(concat(n_owned, " atoms in a box ", cell.width[0], " x ", cell.width[1], " x ", cell.width[2],
                            " Å wide need ", n_images, " periodic images within ", reach, " Å of it, ",
                            memory_text(needed), " of memory, of which ", memory_text(available),
                            " are available; check the cell"));
}

}  // namespace

void require_wide(const PeriodicCell& cell, double reach) {
    for (int k = 0; k < 3; ++k)
        if (cell.periodic[k] && !(reach / cell.width[k] <= 1000))
            throw InputError(concat("the box is ", cell.width[k], " Å thin along lattice vector ", k,
                                    ", less than a thousandth of the cutoff ", reach, " Å; check the cell"));
}

void PeriodicImages::build(Backend& backend, const PeriodicCell& cell, const double* positions, std::int32_t n_owned,
                           double reach) {
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
        if (args.n_images > args.capacity) require_memory(args.n_images, n_owned, cell, reach);
        const bool fits = args.n_images <= args.capacity;
        owner.resize_with_slack(std::size_t(args.n_images));
        images.resize_with_slack(3 * std::size_t(args.n_images));
        if (fits) break;
    }
}

}  // namespace dpmd
