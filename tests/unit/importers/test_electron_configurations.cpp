// Electrons of the elements, as a type embedding takes them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "importers/electron_configurations.hpp"
#include "support/expect_error.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t n_numbers = 118;

TEST(ElectronConfigurations, AnAtomHasAsManyElectronsAsItsNumber) {
    for (const auto& [number, element] : std::vector<std::pair<int, std::string>>{
             {1, "H"}, {24, "Cr"}, {46, "Pd"}, {58, "Ce"}, {79, "Au"}, {92, "U"}, {118, "Og"}}) {
        const std::vector<double> row = configuration_rows({element}, "model").values;

        EXPECT_EQ(row.size(), n_numbers);
        EXPECT_EQ(std::count_if(row.begin(), row.end(), [](double x) { return x > 0; }), number) << element;
    }
}

TEST(ElectronConfigurations, OrbitalsAreFilledByPairsThenSingly) {
    const std::vector<double> oxygen = configuration_rows({"O"}, "model").values;

    // 1s 2s, and three orbitals 2p with four electrons
    const std::vector<double> signs = {1, 1, 1, 1, 1, 1, -1, 1, -1, 1};
    for (std::size_t k = 0; k < oxygen.size(); ++k)
        EXPECT_DOUBLE_EQ(oxygen[k], (k < signs.size() ? signs[k] : -1) / std::sqrt(double(n_numbers))) << k;
}

TEST(ElectronConfigurations, ATypeThatIsNoElementIsRefused) {
    testing::expect_input_error([] { configuration_rows({"O", "OW"}, "model"); }, {"OW"});
}

}  // namespace
}  // namespace dpmd::importers
