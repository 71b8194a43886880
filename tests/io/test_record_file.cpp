// Files that grow by whole records.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "dpmd/errors.hpp"
#include "io/record_file.hpp"

namespace dpmd {
namespace {

std::optional<std::int64_t> read_row(LineReader& lines) {
    const auto row = lines.next();
    return row ? parse_integer(row->substr(0, row->find(','))) : std::nullopt;
}

class RecordFiles : public ::testing::Test {
protected:
    RecordFiles() { std::filesystem::remove(path); }
    ~RecordFiles() override { std::filesystem::remove(path); }

    void put(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
    std::string content() const {
        std::ostringstream out;
        out << std::ifstream(path, std::ios::binary).rdbuf();
        return out.str();
    }
    RecordFile resume(std::int64_t step) const { return RecordFile::resume(path, "step,x\n", read_row, step); }

    std::string path =
        ::testing::TempDir() + "/dpmd_record_file_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(RecordFiles, CreateReplacesWhatWasThere) {
    put("something old and longer than what follows\n");

    RecordFile::create(path, "step,x\n").append("0,1\n");

    EXPECT_EQ(content(), "step,x\n0,1\n");
}

TEST_F(RecordFiles, ResumeCutsOffWhatLiesBehindTheStep) {
    put("step,x\n0,a\n10,b\n20,c\n30,d\n");

    RecordFile file = resume(15);
    file.append("20,new\n");

    EXPECT_EQ(file.last_step(), 10);
    EXPECT_EQ(content(), "step,x\n0,a\n10,b\n20,new\n");
}

TEST_F(RecordFiles, ResumeKeepsTheRecordOfTheStepItself) {
    put("step,x\n0,a\n10,b\n");

    EXPECT_EQ(resume(10).last_step(), 10);
    EXPECT_EQ(content(), "step,x\n0,a\n10,b\n");
}

TEST_F(RecordFiles, ResumeDropsARecordThatWasCutShort) {
    put("step,x\n0,a\n10,b");

    EXPECT_EQ(resume(100).last_step(), 0);
    EXPECT_EQ(content(), "step,x\n0,a\n");
}

TEST_F(RecordFiles, ResumeDropsADamagedTail) {
    put("step,x\n0,a\n10,b\n" + std::string(100, '\0') + "\n20,c\n");

    EXPECT_EQ(resume(10).last_step(), 10);
    EXPECT_EQ(content(), "step,x\n0,a\n10,b\n");
}

TEST_F(RecordFiles, ResumeCreatesAMissingFile) {
    EXPECT_EQ(resume(5).last_step(), std::nullopt);
    EXPECT_EQ(content(), "step,x\n");
}

TEST_F(RecordFiles, ResumeLeavesAForeignFileAlone) {
    put("a letter to my aunt\n");

    EXPECT_THROW(resume(5), InputError);
    EXPECT_THROW(RecordFile::resume(path, "", read_row, 5), InputError);
    EXPECT_EQ(content(), "a letter to my aunt\n");
}

TEST_F(RecordFiles, AnUnwritablePlaceIsAnInputErrorWithItsName) {
    try {
        RecordFile::create("/no/such/folder/file", "");
        FAIL();
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("/no/such/folder/file"), std::string::npos);
    }
}

TEST_F(RecordFiles, AFullDiskIsAnInputError) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
    EXPECT_THROW(RecordFile::create("/dev/full", "header\n"), InputError);
}

}  // namespace
}  // namespace dpmd
