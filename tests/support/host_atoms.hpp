#pragma once
// Atoms, ghosts and neighbour lists as host codes have them.
#include <cstdint>
#include <utility>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "dpmd/dpmd.h"
#include "neighbor/verlet_list.hpp"
#include "support/random_numbers.hpp"
#include "support/random_systems.hpp"

namespace dpmd::testing {

/// Atoms, ghosts and lists as in a host code.
struct Host {
    std::int32_t n_owned = 0, n_total = 0;
    std::vector<double> positions;
    std::vector<std::int32_t> types, order, ghost_owner, counts;
    std::vector<std::vector<std::int32_t>> lists;
    std::vector<const std::int32_t*> pointers;

    /// `half`: a pair of owned atoms is in one list only; entries carry `flags`.
    Host(const System& system, double reach, bool half, std::int32_t flags, std::uint64_t seed) {
        VerletList list(cpu::make_backend(1, ""), reach, 0.0);
        list.build({system.n(), system.positions.data(), system.types.data(), nullptr}, Lattice(system.box), 2);
        n_owned = list.n_owned();
        n_total = list.n_total();
        positions.assign(list.positions(), list.positions() + 3 * n_total);
        types.assign(list.types(), list.types() + n_total);
        order.assign(list.order(), list.order() + n_owned);
        ghost_owner.assign(list.ghosts().owner.begin(), list.ghosts().owner.end());
        Random random(seed);
        for (std::int32_t i = 0; i < n_owned; ++i) {
            std::vector<std::int32_t>& mine = lists.emplace_back();
            for (auto p = list.neighbors().first[i]; p < list.neighbors().first[i + 1]; ++p) {
                const std::int32_t j = list.neighbors().index[p];
                if (half && j < n_owned && (i + j) % 2 == (i < j)) continue;
                mine.push_back(j | flags);
            }
            for (std::size_t k = mine.size(); k > 1; --k)
                std::swap(mine[k - 1], mine[std::size_t(random.below(int(k)))]);
        }
        for (const auto& one : lists) {
            counts.push_back(static_cast<std::int32_t>(one.size()));
            pointers.push_back(one.data());
        }
    }

    dpmd_neighbors neighbors() const {
        DPMD_INIT(dpmd_neighbors, out);
        out.n_owned = n_owned;
        out.n_ghosts = n_total - n_owned;
        out.positions = positions.data();
        out.types = types.data();
        out.n_lists = n_owned;
        out.counts = counts.data();
        out.lists = pointers.data();
        return out;
    }
};

}  // namespace dpmd::testing
