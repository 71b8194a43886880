#include "neighbor/periodic_images.hpp"

#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

struct ImageRange {
    std::int32_t low[3], high[3];
    std::int64_t count() const {
        std::int64_t n = 1;
        for (int k = 0; k < 3; ++k) n *= high[k] - low[k] + 1;
        return n - 1;  // the atom itself is no image
    }
};

/// Shifts n with -reach <= (f + n) width <= width + reach in each periodic direction; a hair wider against rounding.
ImageRange image_range(const Lattice& lattice, const double* position, double reach) {
    const Vector3 fractional = row_times(position, lattice.inverse_cell);
    ImageRange range{};
    for (int k = 0; k < 3; ++k) {
        if (!lattice.periodic[std::size_t(k)]) continue;
        const double margin = reach / lattice.width[std::size_t(k)] * (1 + 1e-12) + 1e-12;
        range.low[k] = static_cast<std::int32_t>(std::ceil(-margin - fractional[k]));
        range.high[k] = static_cast<std::int32_t>(std::floor(1 + margin - fractional[k]));
    }
    return range;
}

}  // namespace

void PeriodicImages::build(const Lattice& lattice, const double* positions, std::int32_t n_owned, double reach) {
    for (std::size_t k = 0; k < 3; ++k)
        if (lattice.periodic[k] && reach / lattice.width[k] > 1000)
            throw InputError(concat("the box is ", lattice.width[k], " Å thin along lattice vector ", k,
                                    ", less than a thousandth of the cutoff ", reach, " Å; check the cell"));
    std::int64_t total = 0;
    for (std::int32_t i = 0; i < n_owned; ++i)
        total += image_range(lattice, positions + 3 * std::size_t(i), reach).count();
    if (total + n_owned >= key_max_atoms)
        throw InputError(concat(n_owned, " atoms need ", total, " periodic images within ", reach,
                                " Å of the box; the neighbour keys count up to ", key_max_atoms, " atoms on one rank"));
    owner.resize_with_slack(std::size_t(total));
    images.resize_with_slack(3 * std::size_t(total));
    std::size_t at = 0;
    for (std::int32_t i = 0; i < n_owned; ++i) {
        const ImageRange range = image_range(lattice, positions + 3 * std::size_t(i), reach);
        for (std::int32_t a = range.low[0]; a <= range.high[0]; ++a)
            for (std::int32_t b = range.low[1]; b <= range.high[1]; ++b)
                for (std::int32_t c = range.low[2]; c <= range.high[2]; ++c) {
                    if (a == 0 && b == 0 && c == 0) continue;
                    owner[at] = i;
                    images[3 * at] = a;
                    images[3 * at + 1] = b;
                    images[3 * at + 2] = c;
                    ++at;
                }
    }
}

}  // namespace dpmd
