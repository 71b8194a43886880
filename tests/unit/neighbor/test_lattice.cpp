// Completing a box, and wrapping positions into it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "neighbor/lattice.hpp"
#include "support/expect_error.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;
using testing::Random;

Box random_box(Random& random, int mask) {
    Box box;
    for (double& x : box.cell) x = random.uniform(-10, 10);
    for (std::size_t k = 0; k < 3; ++k) box.periodic[k] = (mask >> k & 1) != 0;
    return box;
}

TEST(Lattice, KeepsPeriodicVectorsAndCompletesTheOthersWithUnitVectorsAtRightAngles) {
    Random random(1);
    for (int round = 0; round < 200; ++round)
        for (int mask = 0; mask < 8; ++mask) {
            const Box box = random_box(random, mask);

            const Lattice lattice(box);

            for (int i = 0; i < 3; ++i) {
                if (box.periodic[std::size_t(i)]) {
                    for (int k = 0; k < 3; ++k) EXPECT_EQ(lattice.cell[i][k], box.cell[std::size_t(3 * i + k)]);
                    continue;
                }
                EXPECT_NEAR(dot(lattice.cell[i], lattice.cell[i]), 1.0, 1e-14);
                for (const int j : {(i + 1) % 3, (i + 2) % 3})
                    EXPECT_NEAR(dot(lattice.cell[i], lattice.cell[j]), 0.0, 1e-12);  // vectors up to 17 Å
            }
        }
}

TEST(Lattice, InverseWidthAndVolumeBelongToTheCell) {
    Random random(2);
    for (int round = 0; round < 200; ++round)
        for (int mask = 0; mask < 8; ++mask) {
            const Lattice lattice(random_box(random, mask));
            const double volume = std::fabs(determinant(lattice.cell));
            if (mask == 7 && volume < 10) continue;  // the inverse of a nearly flat cell has no digits to check

            const Matrix3 unity = product(lattice.cell, lattice.inverse_cell);

            EXPECT_DOUBLE_EQ(lattice.volume(), volume);
            for (int i = 0; i < 3; ++i) {
                // distance between opposite faces = 1 / length of the dual vector
                const double dual[3] = {lattice.inverse_cell[0][i], lattice.inverse_cell[1][i],
                                        lattice.inverse_cell[2][i]};
                EXPECT_NEAR(lattice.width[std::size_t(i)] * std::sqrt(dot(dual, dual)), 1.0, 1e-12);
                for (int k = 0; k < 3; ++k) EXPECT_NEAR(unity[i][k], i == k ? 1.0 : 0.0, 1e-11);
            }
        }
}

TEST(Lattice, WrapPutsAPositionIntoTheBoxAlongPeriodicDirectionsOnly) {
    Random random(3);
    for (int round = 0; round < 500; ++round) {
        const int mask = random.below(8);
        const Lattice lattice(random_box(random, mask));
        if (lattice.volume() < 10) continue;
        const double position[3] = {random.uniform(-300, 300), random.uniform(-300, 300), random.uniform(-300, 300)};

        const auto cells = lattice.wrap(position);

        const double shift[3] = {double(cells[0]), double(cells[1]), double(cells[2])};
        const Vector3 moved = row_times(shift, lattice.cell);
        const double wrapped[3] = {position[0] - moved[0], position[1] - moved[1], position[2] - moved[2]};
        const Vector3 fractional = row_times(wrapped, lattice.inverse_cell);
        for (int k = 0; k < 3; ++k) {
            if (!lattice.periodic[std::size_t(k)]) {
                EXPECT_EQ(cells[std::size_t(k)], 0);
                continue;
            }
            EXPECT_GE(fractional[k], -1e-10);  // positions of 1e2 Å, inverse cells up to 1e1
            EXPECT_LT(fractional[k], 1 + 1e-10);
        }
    }
}

TEST(Lattice, APositionOnTheFaceBelongsToOneCellOnly) {
    const Lattice lattice(Box::fully_periodic({4, 0, 0, 0, 8, 0, 0, 0, 2}));
    const double low[3] = {0, 0, 0}, high[3] = {4, 8, 2}, below[3] = {-4, -8, -2};

    EXPECT_EQ(lattice.wrap(low), (std::array<std::int32_t, 3>{0, 0, 0}));
    EXPECT_EQ(lattice.wrap(high), (std::array<std::int32_t, 3>{1, 1, 1}));
    EXPECT_EQ(lattice.wrap(below), (std::array<std::int32_t, 3>{-1, -1, -1}));
}

TEST(Lattice, RefusesPositionsBillionsOfCellsAway) {
    const Lattice lattice(Box::fully_periodic({4, 0, 0, 0, 4, 0, 0, 0, 4}));
    for (const double x : {1e11, -1e11, 1e300}) {
        const double position[3] = {0, x, 0};
        expect_input_error([&] { lattice.wrap(position); }, {"cells away", "wrap"});
    }
}

TEST(Lattice, RefusesDegenerateCells) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const std::array<bool, 3> all{true, true, true}, two{true, true, false}, one{false, false, true};
    const auto refuse = [](Box box, const char* part) { expect_input_error([&] { Lattice lattice(box); }, {part}); };

    refuse({{}, all}, "cell vector 0 is zero");
    refuse({{4, 0, 0, 0, 4, 0, 0, 0, 0}, all}, "cell vector 2 is zero");
    refuse({{4, 0, 0, 0, 4, 0, 4, 4, 0}, all}, "in a plane");
    refuse({{4, 0, 0, 8, 0, 0, 0, 0, 4}, all}, "in a plane");
    refuse({{4, 0, 0, 8, 1e-12, 0, 0, 0, 4}, all}, "in a plane");
    refuse({{4, 0, 0, 8, 0, 0, 0, 0, 0}, two}, "in a plane");
    refuse({{1, 2, 3, 1, 2, 3, 0, 0, 0}, two}, "in a plane");
    refuse({{}, one}, "cell vector 2 is zero");
    refuse({{nan, 0, 0, 0, 4, 0, 0, 0, 4}, all}, "cell[0][0]");
    refuse({{4, 0, 0, 0, 4, 0, 0, inf, 4}, all}, "cell[2][1]");
    refuse({{1e200, 0, 0, 0, 1e200, 0, 0, 0, 1e200}, all}, "");
    refuse({{1e-200, 0, 0, 0, 1e-200, 0, 0, 0, 1e-200}, all}, "");
}

TEST(Lattice, IgnoresVectorsOfDirectionsThatAreNotPeriodic) {
    const double nan = std::nan("");
    const Lattice lattice(Box{{nan, nan, nan, 0, 5, 0, nan, 0, 0}, {false, true, false}});

    EXPECT_DOUBLE_EQ(lattice.volume(), 5.0);
    EXPECT_EQ(lattice.cell[1][1], 5.0);
}

TEST(Lattice, RefusesVectorsThatNoCellHas) {
    const auto cubic = [](double edge) { return Box::fully_periodic({edge, 0, 0, 0, edge, 0, 0, 0, edge}); };

    for (const double edge : {1e300, -1e160, 1e11})
        expect_input_error([&] { (void)Lattice(cubic(edge)); }, {"cell[0][0] = ", "1e+10", "check its unit"});
    for (const double edge : {1e-7, 1e-150})
        expect_input_error([&] { (void)Lattice(cubic(edge)); }, {"cell vector 0 is ", "Å long", "check its unit"});
    EXPECT_DOUBLE_EQ(Lattice(cubic(1e10)).volume(), 1e30);
}

}  // namespace
}  // namespace dpmd
