// How a box is divided, and which ranks need copies of which atoms.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "comm/decomposition.hpp"
#include "neighbor/lattice.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using testing::Random;

std::vector<Vector3> random_fractions(int n, std::uint64_t seed) {
    Random random(seed);
    std::vector<Vector3> out;
    for (int k = 0; k < n; ++k) out.push_back({random.uniform(0, 1), random.uniform(0, 1), random.uniform(0, 1)});
    return out;
}

/// Points in a ball in the middle of the box.
std::vector<Vector3> droplet(int n, std::uint64_t seed) {
    std::vector<Vector3> out;
    for (const Vector3& f : random_fractions(20 * n, seed)) {
        const double d[3] = {f[0] - 0.5, f[1] - 0.5, f[2] - 0.5};
        if (dot(d, d) < 0.3 * 0.3 && int(out.size()) < n) out.push_back(f);
    }
    return out;
}

double imbalance(const Decomposition& decomposition, const std::vector<Vector3>& fractional) {
    std::vector<int> counts(std::size_t(decomposition.n_ranks()), 0);
    for (const Vector3& f : fractional) ++counts[std::size_t(decomposition.owner(f))];
    return double(*std::max_element(counts.begin(), counts.end())) * decomposition.n_ranks() /
           double(fractional.size());
}

bool is_in(const Brick& brick, const Vector3& f) {
    for (std::size_t k = 0; k < 3; ++k)
        if (!(brick.low[k] <= f[int(k)] && f[int(k)] < brick.high[k])) return false;
    return true;
}

const std::vector<std::array<int, 3>> grids = {{1, 1, 1}, {2, 1, 1}, {1, 3, 1}, {2, 2, 2}, {3, 1, 2}, {5, 1, 1}};

TEST(Decomposition, GivesEveryPointToTheOneBrickAroundIt) {
    const auto ranks = make_single_rank();
    for (const auto& grid : grids)
        for (const bool is_balanced : {false, true}) {
            Decomposition decomposition(grid, {});
            if (is_balanced) decomposition.balance(*ranks, droplet(500, 3), {});
            for (const Vector3& f : random_fractions(300, 4)) {
                const int owner = decomposition.owner(f);
                for (int rank = 0; rank < decomposition.n_ranks(); ++rank)
                    ASSERT_EQ(is_in(decomposition.brick(rank), f), rank == owner);
            }
        }
}

TEST(Decomposition, SharesADropletASlabAndAGasEvenly) {
    const auto ranks = make_single_rank();
    auto slab = random_fractions(20000, 5);
    for (Vector3& f : slab) f[2] = 0.4 + 0.1 * f[2];
    for (const auto& points : {droplet(20000, 6), slab, random_fractions(20000, 7)})
        for (const auto& grid : grids) {
            Decomposition decomposition(grid, {});
            decomposition.balance(*ranks, points, {});
            EXPECT_LT(imbalance(decomposition, points), 1.03) << grid[0] << " " << grid[1] << " " << grid[2];
        }
    Decomposition equal_widths({2, 2, 4}, {});
    EXPECT_GT(imbalance(equal_widths, slab), 1.9) << "the slab is no test of balancing";
}

TEST(Decomposition, BalancesTheSameFromAnyShareOfTheAtoms) {
    const auto points = droplet(3000, 8);
    Decomposition alone({2, 1, 2}, {});
    alone.balance(*make_single_rank(), points, {});
    run_thread_ranks(4, [&](const std::shared_ptr<Communicator>& ranks) {
        std::vector<Vector3> mine;
        for (std::size_t k = 0; k < points.size(); ++k)
            if (int(k % 7) % 4 == ranks->rank()) mine.push_back(points[k]);
        Decomposition together({2, 1, 2}, {});
        together.balance(*ranks, mine, {});
        for (int rank = 0; rank < 4; ++rank) {
            EXPECT_EQ(together.brick(rank).low, alone.brick(rank).low);
            EXPECT_EQ(together.brick(rank).high, alone.brick(rank).high);
        }
    });
}

TEST(Decomposition, OutnumberedByRanksLeavesSomeWithoutAtoms) {
    const std::vector<Vector3> points(3, Vector3{{0.2, 0.2, 0.2}});
    Decomposition decomposition({2, 2, 2}, {});
    decomposition.balance(*make_single_rank(), points, {});
    for (const Vector3& f : random_fractions(100, 9)) {
        int owners = 0;
        for (int rank = 0; rank < 8; ++rank) owners += is_in(decomposition.brick(rank), f);
        EXPECT_EQ(owners, 1);
    }
}

TEST(ChooseGrid, TakesTheFewestGhosts) {
    const auto grid = [](double a, double b, double c, int n) {
        return choose_grid(n, Lattice(Box::fully_periodic({a, 0, 0, 0, b, 0, 0, 0, c})).geometry(), {}, 8);
    };
    using Grid = std::array<int, 3>;
    EXPECT_EQ(grid(50, 50, 50, 8), (Grid{2, 2, 2}));
    EXPECT_EQ(grid(50, 50, 50, 27), (Grid{3, 3, 3}));
    EXPECT_EQ(grid(400, 50, 50, 8), (Grid{8, 1, 1}));
    EXPECT_EQ(grid(50, 50, 400, 8), (Grid{1, 1, 8}));
    EXPECT_EQ(grid(200, 200, 10, 4), (Grid{2, 2, 1}));
    EXPECT_EQ(grid(50, 50, 50, 7)[0] * grid(50, 50, 50, 7)[1] * grid(50, 50, 50, 7)[2], 7);
}

TEST(ChooseGrid, DoesNotCutAcrossASlab) {
    const PeriodicCell cell = Lattice(Box::fully_periodic({50, 0, 0, 0, 50, 0, 0, 0, 100})).geometry();
    for (const double middle : {0.5, 0.0}) {  // in the middle of the box, and across its boundary
        auto slab = random_fractions(5000, 13);
        for (Vector3& f : slab) f[2] = middle + 0.2 * (f[2] - 0.5) + (middle == 0 && f[2] < 0.5 ? 1 : 0);
        const auto shares = occupied_shares(*make_single_rank(), slab, {});
        EXPECT_NEAR(shares[0], 1, 0.02);
        EXPECT_NEAR(shares[2], 0.2, 0.02);
        EXPECT_EQ(choose_grid(4, cell, {}, 8, shares), (std::array<int, 3>{2, 2, 1}));
    }
    EXPECT_NE(choose_grid(4, cell, {}, 8)[2], 1);
}

/// Whether the distance from an image of a point to a brick along each face normal is within the reach, Å, as it is for
/// every possible neighbour.
bool is_within_reach(const Brick& brick, const Vector3& f, const std::array<std::int32_t, 3>& image,
                     const PeriodicCell& cell, double reach) {
    for (std::size_t k = 0; k < 3; ++k) {
        const double low = cell.periodic[k] ? std::max(brick.low[k], 0.0) : brick.low[k];
        const double high = cell.periodic[k] ? std::min(brick.high[k], 1.0) : brick.high[k];
        const double at = f[int(k)] + image[k];
        if (std::max(low - at, at - high) * cell.width[k] > reach) return false;
    }
    return true;
}

TEST(WantedCopies, HoldEveryImageWithinReachOnce) {
    for (const auto& kind : testing::box_kinds())
        for (const auto& grid : grids) {
            const PeriodicCell cell = Lattice(testing::box_of(kind)).geometry();
            Extent extent;
            for (std::size_t k = 0; k < 3; ++k)
                if (!cell.periodic[k]) extent.high[k] = 9;
            const Decomposition decomposition(grid, extent);
            const double reach = 5.3;
            for (const Vector3& point : random_fractions(30, 11)) {
                Vector3 f = point;
                for (std::size_t k = 0; k < 3; ++k) f[int(k)] *= extent.high[k];
                const int owner = decomposition.owner(f);
                std::map<std::pair<int, std::array<std::int32_t, 3>>, int> copies;
                for (const WantedCopy& copy : wanted_copies(decomposition, owner, cell, reach))
                    if (copy.holds(f)) ++copies[{copy.rank, copy.image}];
                const auto range = [&](std::size_t k) {
                    return cell.periodic[k] ? int(std::ceil(reach / cell.width[k])) + 1 : 0;
                };
                for (int rank = 0; rank < decomposition.n_ranks(); ++rank)
                    for (int a = -range(0); a <= range(0); ++a)
                        for (int b = -range(1); b <= range(1); ++b)
                            for (int c = -range(2); c <= range(2); ++c) {
                                if (rank == owner && a == 0 && b == 0 && c == 0) continue;
                                const std::array<std::int32_t, 3> image{a, b, c};
                                const bool is_near = is_within_reach(decomposition.brick(rank), f, image, cell, reach);
                                const auto found = copies.find({rank, image});
                                ASSERT_EQ(found == copies.end() ? 0 : found->second, is_near ? 1 : 0)
                                    << kind.name << " rank " << rank << " image " << a << " " << b << " " << c;
                            }
            }
        }
}

TEST(WantedCopies, AreAsManyAsGeometrySays) {
    // ghosts over atoms = ((L + 2 h)^3 - L^3) / L^3 for a brick of edge L
    const double edge = 20, reach = 7;
    const PeriodicCell cell = Lattice(Box::fully_periodic({80, 0, 0, 0, 80, 0, 0, 0, 80})).geometry();
    const Decomposition decomposition({4, 4, 4}, {});
    const auto points = random_fractions(200000, 12);
    std::int64_t n_ghosts = 0;
    for (int owner = 0; owner < 64; ++owner) {
        const Brick brick = decomposition.brick(owner);
        const auto copies = wanted_copies(decomposition, owner, cell, reach);
        for (const Vector3& f : points)
            if (is_in(brick, f))
                for (const WantedCopy& copy : copies) n_ghosts += copy.holds(f);
    }
    const double expected = (std::pow(edge + 2 * reach, 3) - std::pow(edge, 3)) / std::pow(edge, 3);
    EXPECT_NEAR(double(n_ghosts) / double(points.size()), expected, 0.02 * expected);
}

}  // namespace
}  // namespace dpmd
