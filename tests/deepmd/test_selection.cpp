// Atoms of some types among all; the numbers are what DeePMD-kit 3.2.0 answers.
#include <array>
#include <numeric>

#include <gtest/gtest.h>

#include "deepmd/c_api.h"

namespace {

TEST(Selection, AtomsAndGhostsOfTheTypesAreCountedAndPlaced) {
    const std::array<int, 8> types{2, 0, 1, 3, 0, 2, 1, -1};
    const std::array<int, 2> selected{2, 0};
    std::array<int, 8> forward{}, backward{};
    backward.fill(-7);
    int n = 0, n_ghosts = 0;

    DP_SelectByType(8, types.data(), 3, 2, selected.data(), forward.data(), &n, backward.data(), &n_ghosts);

    EXPECT_EQ(forward, (std::array{0, 1, -1, -1, 2, 3, -1, -1}));
    EXPECT_EQ(backward, (std::array{0, 1, 4, 5, -7, -7, -7, -7}));
    EXPECT_EQ(n, 4);
    EXPECT_EQ(n_ghosts, 1);
    DP_SelectByType(8, types.data(), 3, 2, selected.data(), nullptr, nullptr, nullptr, nullptr);

    std::array<int, 16> values{}, mapped{};
    std::iota(values.begin(), values.end(), 100);
    mapped.fill(-7);
    DP_SelectMapInt(values.data(), forward.data(), 2, 8, n, mapped.data());
    EXPECT_EQ(mapped, (std::array{100, 101, 102, 103, 108, 109, 110, 111, -7, -7, -7, -7, -7, -7, -7, -7}));
}

}  // namespace
