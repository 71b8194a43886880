// What the tuner has chosen survives the program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "gemm_choices.hpp"
#include "support/temporary_file.hpp"

namespace dpmd::gpu {
namespace {

using dpmd::testing::TemporaryDirectory;

const GemmShape shape{GemmDirection::backward, 240, 808, Operands::tf32x3, false};

TEST(GemmChoices, AreReadAsTheyWereWritten) {
    const TemporaryDirectory folder;
    const std::string path = folder / "new folder/products.txt";
    GemmChoices choices;
    choices[shape] = {GemmUnits::library, GemmUnits::matrix, {3.5, 1.25, 0}};
    choices[{GemmDirection::forward, 25, 50, Operands::plain, true}] = {GemmUnits::plain, GemmUnits::plain, {1, 2, 0}};

    write_choices(choices, path);
    const GemmChoices got = read_choices(path);

    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(got.at(shape).rows_known, GemmUnits::library);
    EXPECT_EQ(got.at(shape).rows_unknown, GemmUnits::matrix);
    EXPECT_EQ(got.at(shape).microseconds[1], 1.25);
}

TEST(GemmChoices, OfADamagedFileAreNone) {
    const TemporaryDirectory folder;
    for (const char* text :
         {"", "something else\n", "dpmd matrix products 1\n0 25\n", "dpmd matrix products 1\n9 1 1 0 0 0 0 0 0 0\n"}) {
        std::ofstream(folder / "products.txt") << text;
        EXPECT_TRUE(read_choices(folder / "products.txt").empty()) << text;
    }
    EXPECT_TRUE(read_choices(folder / "not there").empty());
    write_choices({}, "");                      // nowhere
    write_choices({}, "/proc/no such/folder");  // cannot be written
}

TEST(GemmChoices, HaveAFilePerDevice) {
    setenv("DPMD_CACHE", "/somewhere", 1);
    const std::string one = choices_file("NVIDIA H200"), other = choices_file("AMD Instinct MI300X");
    unsetenv("DPMD_CACHE");

    EXPECT_EQ(one.rfind("/somewhere/", 0), 0u);
    EXPECT_NE(one, other);
    EXPECT_EQ(one.find(' '), std::string::npos);
}

}  // namespace
}  // namespace dpmd::gpu
