// Every pair within a cutoff, for analysis.
#include "core/available_memory.hpp"
#include "core/text.hpp"
#include "dpmd/potential.hpp"
#include "math/packed_key.hpp"
#include "neighbor/verlet_list.hpp"

namespace dpmd {
namespace {

void reserve_pairs(Neighbors& out, std::size_t n) {
    constexpr double bytes_per_pair = 5 * sizeof(std::int32_t) + sizeof(double);
    const double needed = bytes_per_pair * double(n), available = double(available_memory());
    if (needed > 1e8 && needed > available)
        throw InputError(concat(n, " pairs need ", memory_text(needed), " of memory, of which ", memory_text(available),
                                " are available; use a smaller cutoff"));
    out.center.reserve(n);
    out.neighbor.reserve(n);
    out.shift.reserve(3 * n);
    out.distance.reserve(n);
}

}  // namespace

Neighbors neighbor_list(std::span<const double> positions, const Box& box, double cutoff, int threads) {
    if (positions.size() % 3 != 0)
        throw InputError(concat("positions has ", positions.size(), " values, not 3 per atom"));
    if (!(cutoff > 0) || !(cutoff < 1e6)) throw InputError(concat("cutoff = ", cutoff, " Å must be positive"));
    const std::size_t n = positions.size() / 3;
    for (std::size_t k = 0; k < positions.size(); ++k)
        if (!(positions[k] - positions[k] == 0))
            throw InputError(concat("positions[", k / 3, "][", k % 3, "] = ", positions[k], " is not finite"));
    if (n >= std::size_t(key_max_atoms))
        throw InputError(concat(n, " atoms are more than a list can hold (", key_max_atoms, ")"));
    const std::vector<std::int32_t> types(n, 0);
    const Lattice lattice(box);
    VerletList list(make_backend({"cpu", threads, ""}), cutoff, 0.0);
    list.build({static_cast<std::int32_t>(n), positions.data(), types.data(), nullptr}, lattice, 1);

    // internal place of each atom, and the lattice vectors from the caller's position to the internal one
    std::vector<std::int32_t> place(n);
    for (std::size_t k = 0; k < n; ++k) place[std::size_t(list.order()[k])] = static_cast<std::int32_t>(k);
    const NeighborListView view = list.neighbors();
    Neighbors out;
    reserve_pairs(out, n > 0 ? std::size_t(view.first[n]) : 0);
    for (std::size_t i = 0; i < n; ++i) {
        const auto k = std::size_t(place[i]);
        const auto wrap_i = lattice.wrap(positions.data() + 3 * i);
        for (std::int64_t p = view.first[k]; p < view.first[k + 1]; ++p) {
            const std::int32_t j = view.index[p];
            const bool is_ghost = j >= list.n_owned();
            const auto g = std::size_t(is_ghost ? j - list.n_owned() : 0);
            const std::int32_t owner = list.order()[is_ghost ? list.ghosts().owner[g] : j];
            const auto wrap_j = lattice.wrap(positions.data() + 3 * std::size_t(owner));
            out.center.push_back(static_cast<std::int32_t>(i));
            out.neighbor.push_back(owner);
            double r2 = 0;
            for (std::size_t c = 0; c < 3; ++c) {
                const std::int32_t image = is_ghost ? list.ghosts().images[3 * g + c] : 0;
                out.shift.push_back(image - wrap_j[c] + wrap_i[c]);
                const double d = list.positions()[3 * std::size_t(j) + c] - list.positions()[3 * k + c];
                r2 += d * d;
            }
            out.distance.push_back(__builtin_sqrt(r2));
        }
    }
    return out;
}

}  // namespace dpmd
