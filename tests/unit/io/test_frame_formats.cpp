// Trajectory formats: geometry is kept, and frames can be skipped.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <vector>

#include "dpmd/errors.hpp"
#include "io/frame.hpp"

namespace dpmd {
namespace {

struct FrameData {
    std::vector<std::string> names = {"O", "H"};
    std::vector<std::int32_t> types = {0, 1, 1};
    std::vector<double> positions = {0.1, -0.2, 0.3, 1.1, 2.2, 13.3, 4, 5, 6};
    std::vector<double> masses = {16, 1};
    std::vector<double> velocities = {1e-3, 2e-3, 1.0 / 3, 0, 0, 0, -1, 0, 1};
    Frame frame;

    FrameData(const Matrix3& cell, const std::array<bool, 3>& periodic) {
        frame.step = 40;
        frame.time = 20;
        frame.energy = -1.5;
        frame.box.periodic = periodic;
        for (std::size_t k = 0; k < 9; ++k) frame.box.cell[k] = cell[int(k / 3)][int(k % 3)];
        frame.lattice = cell;
        frame.inverse_lattice = inverse(cell);
        frame.names = names;
        frame.masses = masses;
        frame.types = types;
        frame.positions = positions.data();
        frame.velocities = velocities.data();
    }
};

constexpr std::array<bool, 3> periodic = {true, true, true};
constexpr Matrix3 cubic{{{10, 0, 0}, {0, 10, 0}, {0, 0, 10}}};
constexpr Matrix3 tilted{{{1, 8, 0.5}, {0, 2, 9}, {7, -1, 2}}};

TEST(ExtendedXyz, WritesNumbersThatReadBackExactly) {
    const FrameData data(cubic, periodic);
    std::string text;

    ExtendedXyz().write(data.frame, text);

    EXPECT_EQ(
        text,
        "3\nLattice=\"10 0 0 0 10 0 0 0 10\" "
        "Properties=species:S:1:pos:R:3:masses:R:1:momenta:R:3:velo:R:3 pbc=\"T T T\" "
        "energy=-1.5 step=40 time=20 run_id=0\n"
        "O 0.1 -0.2 0.3 16 0.1628880907385076 0.3257761814770152 54.296030246169195 0.001 0.002 0.3333333333333333\n"
        "H 1.1 2.2 13.3 1 0 0 0 0 0 0\n"
        "H 4 5 6 1 -10.180505671156725 0 10.180505671156725 -1 0 1\n");
}

TEST(ExtendedXyz, WritesASymmetricVirialAndTheStressOfPeriodicCells) {
    FrameData data(cubic, periodic);
    data.frame.velocities = nullptr;
    const Matrix3 virial{{{100, 1, 2}, {3, 200, 4}, {2, 4, -300}}};
    data.frame.virial = &virial;
    std::string text, slab;

    ExtendedXyz().write(data.frame, text);
    data.frame.box.periodic = {true, true, false};
    ExtendedXyz().write(data.frame, slab);

    const std::string expected = " virial=\"100 2 2 2 200 4 2 4 -300\"";
    EXPECT_NE(text.find("energy=-1.5" + expected +
                        " stress=\"-0.1 -0.002 -0.002 -0.002 -0.2 -0.004 -0.002 -0.004 0.3\" step=40"),
              std::string::npos);
    EXPECT_NE(slab.find("energy=-1.5" + expected + " step=40"), std::string::npos);
}

TEST(ExtendedXyz, MarksFixedAtomsAsAseDoes) {
    FrameData data(cubic, periodic);
    const std::vector<std::int32_t> fixed = {0, 2};
    data.frame.fixed = fixed;
    std::string text;

    ExtendedXyz().write(data.frame, text);

    EXPECT_NE(text.find("velo:R:3:move_mask:L:1 pbc"), std::string::npos) << text;
    for (const char* end : {"0.001 0.002 0.3333333333333333 F\nH", "0 0 0 T\nH", "-1 0 1 F\n"})
        EXPECT_NE(text.find(end), std::string::npos) << text;
}

TEST(LammpsDump, WritesALowerTriangularCellAsItIs) {
    const FrameData data(cubic, periodic);
    std::string text;

    LammpsDump().write(data.frame, text);

    EXPECT_EQ(text,
              "ITEM: TIMESTEP\n40\nITEM: NUMBER OF ATOMS\n3\nITEM: BOX BOUNDS pp pp pp\n0 10\n0 10\n0 10\n"
              "ITEM: ATOMS id type element xu yu zu vx vy vz\n"
              "1 1 O 0.1 -0.2 0.3 1 2 333.3333333333333\n"
              "2 2 H 1.1 2.2 13.3 0 0 0\n3 2 H 4 5 6 -1000 0 1000\n");
}

TEST(LammpsDump, HoldsTimesAndUnitsAsLammpsWritesThem) {
    const FrameData data(cubic, periodic);
    const LammpsDump format(true);
    std::string text(format.header());

    format.write(data.frame, text);

    EXPECT_TRUE(
        text.starts_with("ITEM: UNITS\nmetal\nITEM: TIME\n0.02\nITEM: TIMESTEP\n40\nITEM: NUMBER OF ATOMS\n3\n"));
}

TEST(LammpsDump, RefusesALeftHandedCell) {
    const FrameData data({{{0, 10, 0}, {10, 0, 0}, {0, 0, 10}}}, periodic);
    std::string text;

    EXPECT_THROW(LammpsDump().write(data.frame, text), InputError);
}

TEST(LammpsDump, RotatesAnyOtherCellTogetherWithItsAtoms) {
    FrameData data(tilted, periodic);
    data.velocities = data.positions;  // rotate in the same way
    std::string text;

    LammpsDump().write(data.frame, text);

    std::istringstream lines(text.substr(text.find("ATOMS id") + 8));
    std::string line;
    std::getline(lines, line);
    std::vector<std::vector<double>> x;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string skip;
        std::vector<double> row(6);
        words >> skip >> skip >> skip;
        for (double& value : row) words >> value;
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(row[c + 3], 1000 * row[c], 1e-9);
        x.push_back(row);
    }
    ASSERT_EQ(x.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            double before = 0, after = 0;
            for (std::size_t c = 0; c < 3; ++c) {
                before += data.positions[3 * i + c] * data.positions[3 * j + c];
                after += x[i][c] * x[j][c];
            }
            EXPECT_NEAR(before, after, 1e-10);  // lengths and angles
        }
}

const ExtendedXyz extended_xyz;
const LammpsDump dump, timed_dump(true);

class FrameFormats : public ::testing::TestWithParam<const FrameFormat*> {};
INSTANTIATE_TEST_SUITE_P(All, FrameFormats, ::testing::Values(&extended_xyz, &dump, &timed_dump));

TEST_P(FrameFormats, FramesAreReadOverAndCutFramesAreNot) {
    const FrameFormat& format = *GetParam();
    FrameData data(tilted, periodic);
    data.frame.run_id = 7;
    std::string text;
    for (const std::int64_t step : {0, 10}) {
        data.frame.step = step;
        format.write(data.frame, text);
    }
    text.pop_back();  // the second frame lacks its last newline
    const std::string path = ::testing::TempDir() + "/dpmd_frames";
    std::ofstream(path, std::ios::binary) << text;

    LineReader lines(path);
    const auto first = format.read(lines, 3);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->step, 0);
    if (dynamic_cast<const ExtendedXyz*>(&format) != nullptr) {
        EXPECT_EQ(first->run_id, 7);
    }
    EXPECT_FALSE(format.read(lines, 3));
    LineReader other(path);
    EXPECT_FALSE(format.read(other, 4));  // another number of atoms
    std::filesystem::remove(path);
}

TEST_P(FrameFormats, OpenDirectionsNeedNoCell) {
    const FrameFormat& format = *GetParam();
    FrameData data(identity3, {false, false, false});
    data.frame.box.cell = {};
    std::string text;

    format.write(data.frame, text);

    EXPECT_EQ(text.find("Lattice"), std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace dpmd
