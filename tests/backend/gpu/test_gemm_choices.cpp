// What the tuner has chosen survives the program.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "nets/gemm_choices.hpp"
#include "nets/gemm_tuner.hpp"
#include "nets/layers.hpp"
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
         {"", "something else\n", "dpmd matrix products 2\n0 25\n", "dpmd matrix products 2\n9 1 1 0 0 0 0 0 0 0\n",
          "dpmd matrix products 0\n0 8 8 0 0 0 0 1 1 1\n", "dpmd matrix products 2\n0 8 8 0 0 0 0 1 1 1 more\n",
          "dpmd matrix products 2\n0 -8 8 0 0 0 0 1 1 1\n",
          "dpmd matrix products 2\n0 8 99999999999 0 0 0 0 1 1 1\n"}) {
        std::ofstream(folder / "products.txt") << text;
        EXPECT_TRUE(read_choices(folder / "products.txt").empty()) << text;
    }
    EXPECT_TRUE(read_choices(folder / "not there").empty());
    EXPECT_TRUE(read_choices(folder.path()).empty());
    ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
    EXPECT_TRUE(read_choices(folder / "pipe").empty());
    EXPECT_TRUE(read_choices("/dev/zero").empty());
    write_choices({}, "");                      // nowhere
    write_choices({}, "/proc/no such/folder");  // cannot be written
}

TEST(GemmChoices, OfAHugeFileAreNone) {
    const TemporaryDirectory folder;
    std::ofstream out(folder / "products.txt");
    out << "dpmd matrix products 2\n";
    for (int n = 1; n < 100'000; ++n) out << "0 8 " << n << " 0 0 0 0 1 1 1\n";
    out.close();

    EXPECT_TRUE(read_choices(folder / "products.txt").empty());
}

/// A layer of 8 neurons, in single or with operands in bfloat16.
LayerView<float> layer_of(Operands operands) {
    LayerView<float> layer;
    layer.n_in = layer.n_out = layer.in_stride = layer.out_stride = 8;
    layer.operands = operands;
    return layer;
}

struct TunedDevice {
    Queue queue{0};
    DeviceMemory memory{queue};
};

GemmUnits units_by(const std::string& file, const LayerView<float>& layer) {
    TunedDevice device;
    return GemmTuner(device.queue, device.memory, "", file).units(GemmDirection::forward, layer, true);
}

std::string file_that_says(const TemporaryDirectory& folder, Operands operands, GemmUnits units) {
    const std::string path = folder / "products.txt";
    write_choices({{{GemmDirection::forward, 8, 8, operands, false}, {units, GemmUnits::plain, {1, 1, 1}}}}, path);
    return path;
}

TEST(GemmChoices, OfAnEarlierRunAreKept) {
    const TemporaryDirectory folder;
    const std::string path = file_that_says(folder, Operands::plain, GemmUnits::library);

    EXPECT_EQ(units_by(path, layer_of(Operands::plain)), GemmUnits::library);
}

TEST(GemmChoices, ThatUnitsDoNotHaveAreIgnored) {
    const TemporaryDirectory folder;

    EXPECT_EQ(units_by(file_that_says(folder, Operands::bfloat16, GemmUnits::library), layer_of(Operands::bfloat16)),
              GemmUnits::matrix);
    EXPECT_EQ(units_by(file_that_says(folder, Operands::plain, GemmUnits::matrix), layer_of(Operands::plain)),
              GemmUnits::plain);
}

/// A model with one layer of 8 neurons is loaded.
void prepare_layer(const std::string& file) {
    Layer layer;
    layer.n_in = layer.n_out = 8;
    layer.weight.assign(64, 0.5);
    layer.bias.assign(8, 0.1);
    Network network;
    network.layers.push_back(layer);
    TunedDevice device;
    const DeviceNetwork<float> on_device(network, {}, device.memory);
    GemmTuner(device.queue, device.memory, "", file).prepare(on_device.layers()[0]);
}

/// In a process of its own: a library is opened once.
TEST(GemmChoicesDeathTest, OfALibraryThatIsGoneAreIgnoredAndMadeAnew) {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    const TemporaryDirectory folder;
    const std::string path = file_that_says(folder, Operands::plain, GemmUnits::library);
    const auto without_library = [&] {
        setenv("DPMD_EMULATOR_NO_BLAS", "1", 1);
        const bool is_ignored = units_by(path, layer_of(Operands::plain)) == GemmUnits::plain;
        prepare_layer(path);
        const GemmChoices now = read_choices(path);
        const auto found = now.find({GemmDirection::forward, 8, 8, Operands::plain, false});
        const bool is_made_anew = found != now.end() && found->second.rows_known == GemmUnits::plain;
        std::exit(is_ignored && is_made_anew ? 0 : 1);
    };

    EXPECT_EXIT(without_library(), ::testing::ExitedWithCode(0), "");
}

TEST(GemmChoices, ThatCannotBeKeptAreNoHindrance) {
    const TemporaryDirectory folder;
    std::ofstream(folder / "damaged.txt") << "dpmd matrix products 2\n0 25\n";

    prepare_layer("/proc/no such/folder/products.txt");
    prepare_layer(folder.path());  // a folder stands in its place
    prepare_layer(folder / "damaged.txt");

    EXPECT_EQ(read_choices(folder / "damaged.txt").size(), 2u);  // forwards and backwards
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
