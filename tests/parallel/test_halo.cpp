// Ghosts of several ranks: their positions, and that the reverse exchange is the adjoint of the forward one.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "comm/halo.hpp"
#include "comm/row_exchange.hpp"
#include "cpu/cpu_backend.hpp"
#include "neighbor/lattice.hpp"
#include "parallel/shares.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::Random;
using testing::Share;

class HaloOfRanks : public ::testing::TestWithParam<int> {
protected:
    /// body(ranks, this rank's share, a halo built for it) for boxes of every kind.
    template <class F>
    void for_each_box(F&& body) {
        std::uint64_t seed = 0;
        for (const auto& kind : testing::box_kinds()) {
            const System system = testing::random_system(kind, 60, 2, 0.4, ++seed, true);
            run_thread_ranks(GetParam(), [&](const std::shared_ptr<Communicator>& ranks) {
                const Lattice lattice(system.box);
                const Share share = testing::share_of(system, *ranks, lattice, 3.7);
                Halo halo(cpu::make_backend(1, ""), ranks);
                halo.build(share.decomposition, lattice.geometry(), share.wrapped.data(), share.n(), 3.7);
                body(*ranks, system, lattice, share, halo);
            });
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Ranks, HaloOfRanks, ::testing::Values(1, 2, 3, 4, 8));

TEST_P(HaloOfRanks, PutsGhostsWhereOwnersAndShiftsSay) {
    for_each_box([&](Communicator& ranks, const System&, const Lattice& lattice, const Share& share, Halo& halo) {
        const auto n = std::size_t(share.n()), total = n + std::size_t(halo.n_ghosts());
        std::vector<std::int32_t> types(total), images(3 * total);
        std::vector<std::int64_t> ids(total);
        std::vector<double> positions(3 * total);
        for (std::size_t k = 0; k < n; ++k) {
            types[k] = share.types[k];
            ids[k] = share.ids[k];
            for (std::size_t c = 0; c < 3; ++c) positions[3 * k + c] = share.wrapped[3 * k + c];
        }
        for (std::size_t g = 0; g < halo.local().size(); ++g) {
            const auto owner = std::size_t(halo.local().owner[g]);
            types[n + g] = types[owner];
            ids[n + g] = ids[owner];
            for (std::size_t c = 0; c < 3; ++c) images[3 * (n + g) + c] = halo.local().images[3 * g + c];
        }
        halo.fetch(types.data(), ids.data(), images.data());
        halo.start_forward(&lattice.cell, positions.data());
        halo.finish_forward(positions.data());

        std::set<std::tuple<std::int64_t, int, int, int>> seen;
        for (std::size_t g = n; g < total; ++g) {
            const auto& owner = share.everyone.at(ids[g]);
            ASSERT_EQ(types[g], owner.type);
            const double image[3] = {double(images[3 * g]), double(images[3 * g + 1]), double(images[3 * g + 2])};
            const Vector3 shift = row_times(image, lattice.cell);
            for (int c = 0; c < 3; ++c) ASSERT_EQ(positions[3 * g + std::size_t(c)], owner.wrapped[c] + shift[c]);
            ASSERT_TRUE(seen.insert({ids[g], images[3 * g], images[3 * g + 1], images[3 * g + 2]}).second)
                << "rank " << ranks.rank() << " has the same ghost twice";
        }
    });
}

TEST_P(HaloOfRanks, GoesBackByTheAdjointOfTheWayThere) {
    for_each_box([&](Communicator& ranks, const System&, const Lattice&, const Share& share, Halo& halo) {
        const auto n = std::size_t(share.n()), total = n + std::size_t(halo.n_ghosts());
        Random random(std::uint64_t(100 + ranks.rank()));
        const Matrix3 no_shift{};  // so that integers arrive as they were sent
        std::vector<double> x(3 * total);
        std::vector<std::int64_t> y(3 * total);
        for (std::size_t k = 0; k < 3 * n; ++k) x[k] = random.below(1000);
        for (std::int64_t& value : y) value = random.below(1000);
        halo.start_forward(&no_shift, x.data());
        halo.finish_forward(x.data());
        std::int64_t products[2] = {0, 0};  // <A x, y> over ghosts, <x, A^T y> over owned
        for (std::size_t k = 3 * n; k < 3 * total; ++k) products[0] += static_cast<std::int64_t>(x[k]) * y[k];
        std::vector<std::int64_t> back = y;
        halo.reverse(3, back.data());
        for (std::size_t k = 0; k < 3 * n; ++k) products[1] += static_cast<std::int64_t>(x[k]) * (back[k] - y[k]);
        ranks.sum(products);
        EXPECT_EQ(products[0], products[1]);
        if (total > n) {
            EXPECT_GT(products[0], 0);
        }
    });
}

TEST_P(HaloOfRanks, ReturnsRowsOfAnyWidth) {
    for_each_box([&](Communicator& ranks, const System&, const Lattice&, const Share& share, Halo& halo) {
        const auto n = std::size_t(share.n()), total = n + std::size_t(halo.n_ghosts());
        for (const std::size_t width : {std::size_t(1), std::size_t(9)}) {
            std::vector<std::int64_t> values(width * total, 1);
            halo.reverse(int(width), values.data());
            std::int64_t sums[2] = {0, static_cast<std::int64_t>(width * total)};
            for (std::size_t k = 0; k < width * n; ++k) sums[0] += values[k];
            ranks.sum(sums);
            EXPECT_EQ(sums[0], sums[1]) << "every ghost's value arrives once";
        }
    });
}

TEST(RowExchange, MovesEveryRowWhereItBelongsInOrder) {
    for (const int n_ranks : {1, 2, 3, 8})
        run_thread_ranks(n_ranks, [&](const std::shared_ptr<Communicator>& ranks) {
            Random random(std::uint64_t(7 + ranks->rank()));
            std::vector<int> to;
            std::vector<std::int64_t> tags;
            std::vector<double> rows;
            const int n = ranks->rank() == 1 ? 0 : 40;
            for (int k = 0; k < n; ++k) {
                to.push_back(random.below(n_ranks));
                tags.push_back(1000 * ranks->rank() + k);
                rows.insert(rows.end(), {double(to.back()), double(tags.back())});
            }
            RowExchange exchange(*ranks, to);
            exchange.move(tags, 1);
            exchange.move(rows, 2);

            ASSERT_EQ(tags.size(), exchange.n_rows());
            ASSERT_EQ(rows.size(), 2 * exchange.n_rows());
            std::int64_t count = static_cast<std::int64_t>(tags.size());
            for (std::size_t k = 0; k < tags.size(); ++k) {
                EXPECT_EQ(rows[2 * k], ranks->rank());
                EXPECT_EQ(rows[2 * k + 1], double(tags[k]));
            }
            EXPECT_TRUE(std::is_sorted(
                tags.begin(), tags.begin() + std::count_if(tags.begin(), tags.end(),
                                                           [&](auto t) { return t / 1000 == ranks->rank(); })));
            ranks->sum({&count, 1});
            EXPECT_EQ(count, 40 * (n_ranks > 1 ? n_ranks - 1 : 1));
        });
}

}  // namespace
}  // namespace dpmd
