// The lists of host codes come out of every backend, for any number of threads, as the serial code of this test gathers
// and sorts them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"
#include "neighbor/host_lists.hpp"
#include "support/backend_parameter.hpp"
#include "support/expect_error.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::testing {
namespace {

constexpr std::int32_t n_types = 3;

/// What a host code has. Atoms stand on a lattice, so that many distances are equal.
struct Host {
    std::int32_t n_owned, n_ghosts;
    std::vector<double> positions;
    std::vector<std::int32_t> types, atoms, counts;
    std::vector<std::int64_t> ids;
    std::vector<std::vector<std::int32_t>> lists;
    std::vector<const std::int32_t*> pointers;
    std::int32_t mask = -1;
    bool half = false, with_ids = true;

    /// Every third atom has no list; lists have up to `longest` entries, some of them twice.
    Host(std::int32_t owned, std::int32_t ghosts, int longest, std::int32_t flags = 0)
        : n_owned(owned), n_ghosts(ghosts), mask(flags == 0 ? -1 : ~flags) {
        Random random(std::uint64_t(owned) + 5);
        for (std::int32_t i = 0; i < n_total(); ++i) {
            for (int k = 0; k < 3; ++k) positions.push_back(0.7 * random.below(9));
            types.push_back(random.below(n_types + 1) - 1);
            ids.push_back((std::int64_t(i) * 31) % 97);
        }
        for (std::int32_t i = n_owned - 1; i >= 0; --i) {
            if (i % 3 == 2) continue;
            atoms.push_back(i);
            std::vector<std::int32_t>& mine = lists.emplace_back();
            for (int k = n_total() > 1 ? random.below(longest + 1) : 0; k > 0; --k) {
                const std::int32_t j = random.below(n_total());
                if (j != i) mine.push_back(j | flags);
            }
        }
        refer();
    }
    std::int32_t n_total() const { return n_owned + n_ghosts; }

    void refer() {
        counts.clear();
        pointers.clear();
        for (const auto& one : lists) {
            counts.push_back(std::int32_t(one.size()));
            pointers.push_back(one.data());
        }
    }
    HostNeighbors neighbors() const {
        return {n_owned,
                n_ghosts,
                positions.data(),
                types.data(),
                with_ids ? ids.data() : nullptr,
                std::int32_t(lists.size()),
                atoms.data(),
                counts.data(),
                pointers.data(),
                mask,
                half};
    }
};

struct Lists {
    std::vector<std::int64_t> first;
    std::vector<std::int32_t> index;
    std::int32_t most = 0;
};

double distance(const Host& host, std::int32_t i, std::int32_t j) {
    double r2 = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        const double d = host.positions[3 * std::size_t(j) + c] - host.positions[3 * std::size_t(i) + c];
        r2 += d * d;
    }
    return std::sqrt(r2);
}

/// By type, then distance as keys hold it, then id, then index.
Lists reference(const Host& host) {
    std::vector<std::vector<std::int32_t>> neighbors(std::size_t(host.n_owned));
    double farthest = 0;
    for (std::size_t k = 0; k < host.lists.size(); ++k)
        for (const std::int32_t entry : host.lists[k]) {
            const std::int32_t i = host.atoms[k], j = entry & host.mask;
            if (host.types[std::size_t(i)] < 0 || host.types[std::size_t(j)] < 0) continue;
            neighbors[std::size_t(i)].push_back(j);
            if (host.half && j < host.n_owned) neighbors[std::size_t(j)].push_back(i);
            farthest = std::max(farthest, distance(host, i, j));
        }
    const double scale = key_scale(std::max(farthest, 1e-3) * (1 + 1e-9));
    Lists out;
    out.first.push_back(0);
    for (std::int32_t i = 0; i < host.n_owned; ++i) {
        std::vector<std::int32_t>& mine = neighbors[std::size_t(i)];
        const auto place = [&](std::int32_t j) {
            const PackedKey key = pack_key(host.types[std::size_t(j)], distance(host, i, j), scale, j);
            return std::tuple(key_without_index(key), host.with_ids ? host.ids[std::size_t(j)] : j, j);
        };
        std::sort(mine.begin(), mine.end(), [&](std::int32_t a, std::int32_t b) { return place(a) < place(b); });
        out.index.insert(out.index.end(), mine.begin(), mine.end());
        out.first.push_back(std::int64_t(out.index.size()));
        out.most = std::max(out.most, std::int32_t(mine.size()));
    }
    return out;
}

Lists taken_over(const HostLists& lists, Memory& memory) {
    const NeighborListView view = lists.neighbors();
    Lists out{std::vector<std::int64_t>(std::size_t(lists.n_owned()) + 1), {}, view.most};
    memory.copy_out(out.first.data(), view.first, out.first.size() * sizeof(std::int64_t));
    out.index.resize(std::size_t(out.first.back()));
    memory.copy_out(out.index.data(), view.index, out.index.size() * sizeof(std::int32_t));
    return out;
}

class HostListsOf : public PerBackend {
protected:
    std::vector<int> threads() const { return is_cpu(GetParam()) ? std::vector<int>{1, 2, 11} : std::vector<int>{1}; }

    static void expect_reference(HostLists& lists, Backend& backend, const Host& host) {
        lists.set(host.neighbors(), n_types);

        const Lists found = taken_over(lists, backend.memory()), wanted = reference(host);
        EXPECT_EQ(found.first, wanted.first);
        EXPECT_EQ(found.index, wanted.index);
        EXPECT_EQ(found.most, wanted.most);
    }
};

TEST_P(HostListsOf, AtomsOfAnyNumberAreThoseOfTheSerialCode) {
    for (const int n_threads : threads()) {
        const auto backend = make_test_backend(GetParam(), n_threads);
        HostLists lists(backend);
        for (const std::int32_t n : {2500, 0, 1, 2, 255, 256, 257, 513})
            for (const bool half : {false, true}) {
                SCOPED_TRACE(::testing::Message() << n << " atoms, half " << half << ", " << n_threads << " threads");
                Host host(n, n / 2, 40);
                host.half = half;
                expect_reference(lists, *backend, host);
            }
    }
}

TEST_P(HostListsOf, FlagsInEntriesAndMissingIdsAreNoTrouble) {
    for (const int n_threads : threads()) {
        const auto backend = make_test_backend(GetParam(), n_threads);
        HostLists lists(backend);
        Host host(300, 100, 60, 0x60000000);
        host.half = true;
        expect_reference(lists, *backend, host);
        host.with_ids = false;
        expect_reference(lists, *backend, host);
    }
}

TEST_P(HostListsOf, ListsOfThousandsAreThoseOfTheSerialCode) {
    const auto backend = make_test_backend(GetParam(), 2);
    HostLists lists(backend);
    for (const int longest : {1500, 9000}) expect_reference(lists, *backend, Host(4, 5000, longest));
}

TEST_P(HostListsOf, WhatIsWrongIsNamed) {
    const auto backend = make_test_backend(GetParam(), 2);
    HostLists lists(backend);
    const Host good(600, 200, 30);
    const auto refuse = [&](auto&& spoil, const std::string& part) {
        Host host = good;
        spoil(host);
        if (!host.lists.empty()) host.refer();
        expect_input_error([&] { lists.set(host.neighbors(), n_types); }, {part});
        EXPECT_FALSE(lists.are_set());
    };
    refuse([](Host& host) { host.types[799] = n_types; }, "types[799] = 3 is not a type of this model");
    refuse([](Host& host) { host.types[5] = -2; }, "types[5] = -2");
    refuse([](Host& host) { host.positions[3 * 700 + 1] = 1.1e12; }, "positions[700][1] = 1.1e+12 Å is beyond 1e12 Å");
    refuse([](Host& host) { host.positions[8] = std::numeric_limits<double>::quiet_NaN(); },
           "positions[2][2] = nan is not finite");
    refuse([](Host& host) { host.atoms[3] = 600; }, "atoms[3] = 600 is not one of the 600 owned atoms");
    refuse([](Host& host) { host.atoms[3] = host.atoms[2]; }, " has two neighbour lists");
    refuse(
        [](Host& host) {
            host.lists[399].push_back(800);
            host.lists[300].push_back(-1);
            host.lists[299] = {2, 800, 3, -7};
        },
        concat("the list of atom ", good.atoms[299], " names atom 800; its neighbours are others from 0 to 799"));
    refuse([](Host& host) { host.lists[7] = {host.atoms[7]}; },
           concat("the list of atom ", good.atoms[7], " names atom ", good.atoms[7]));
    expect_reference(lists, *backend, good);
    EXPECT_TRUE(lists.are_set());
}

TEST_P(HostListsOf, NegativeCountsAreRefused) {
    const auto backend = make_test_backend(GetParam(), 2);
    HostLists lists(backend);
    Host host(30, 10, 5);
    host.counts[4] = -3;
    expect_input_error([&] { lists.set(host.neighbors(), n_types); }, {"counts[4] = -3 is negative"});
}

DPMD_INSTANTIATE_PER_BACKEND(HostListsOf);

}  // namespace
}  // namespace dpmd::testing
