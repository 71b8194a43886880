// Files that grow by whole records.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <vector>

#include "dpmd/errors.hpp"
#include "io/record_file.hpp"

namespace dpmd {
namespace {

/// "step,text" in a line.
RecordFormat rows() {
    const auto read = [](LineReader& lines) -> std::optional<Record> {
        const auto row = lines.next();
        const auto step = row ? parse_integer(row->substr(0, row->find(','))) : std::nullopt;
        return step ? std::optional(Record{*step, std::nullopt}) : std::nullopt;
    };
    return {"step,x\n", "row", read};
}

class RecordFiles : public ::testing::Test {
protected:
    RecordFiles() { clear(); }
    ~RecordFiles() override { clear(); }
    void clear() const {
        std::filesystem::remove(path);
        std::filesystem::remove(path + ".cut");
    }

    void put(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
    static std::string content_of(const std::string& name) {
        std::ostringstream out;
        out << std::ifstream(name, std::ios::binary).rdbuf();
        return out.str();
    }
    std::string content() const { return content_of(path); }
    std::string cut() const { return content_of(path + ".cut"); }
    /// The mark of a file that has been written so far.
    FileMark mark_of(const std::string& text, std::int64_t last_step) const {
        Checksum checksum;
        checksum.add(std::as_bytes(std::span(text)));
        return {"", text.size(), checksum.value(), last_step};
    }
    RecordFile resume(const std::string& text, std::int64_t last_step) {
        return RecordFile::resume(path, rows(), mark_of(text, last_step), notes);
    }
    void expect_refusal(const std::string& text, std::int64_t last_step, const std::string& reason) {
        const std::string before = content();
        try {
            resume(text, last_step);
            FAIL() << "was continued";
        } catch (const InputError& error) {
            EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find("put it back from a copy"), std::string::npos) << error.what();
        }
        EXPECT_EQ(content(), before);
        EXPECT_FALSE(std::filesystem::exists(path + ".cut"));
    }

    std::vector<std::string> notes;
    std::string path =
        ::testing::TempDir() + "/dpmd_record_file_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(RecordFiles, CreateReplacesWhatWasThere) {
    put("something old and longer than what follows\n");

    RecordFile::create(path, "step,x\n").append(0, "0,1\n");

    EXPECT_EQ(content(), "step,x\n0,1\n");
}

TEST_F(RecordFiles, ResumeKeepsAsideWhatLiesBehindTheMark) {
    put("step,x\n0,a\n10,b\n20,c\n30,d\n");

    RecordFile file = resume("step,x\n0,a\n10,b\n", 10);
    EXPECT_EQ(file.mark().last_step, 10);
    file.append(20, "20,new\n");

    EXPECT_EQ(content(), "step,x\n0,a\n10,b\n20,new\n");
    EXPECT_EQ(cut(), "20,c\n30,d\n");
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("2 rows behind the checkpoint"), std::string::npos) << notes[0];
}

TEST_F(RecordFiles, WhatWasKeptAsideBeforeStays) {
    put("step,x\n0,a\n10,b\n");
    resume("step,x\n0,a\n", 0);
    put("step,x\n0,a\n10,c\n20,d");

    resume("step,x\n0,a\n", 0);

    EXPECT_EQ(cut(), "10,b\n10,c\n20,d");
}

TEST_F(RecordFiles, ResumeAtTheEndCutsNothing) {
    put("step,x\n0,a\n10,b\n");

    EXPECT_EQ(resume("step,x\n0,a\n10,b\n", 10).mark().n_bytes, 16U);
    EXPECT_TRUE(notes.empty());
    EXPECT_FALSE(std::filesystem::exists(path + ".cut"));
}

TEST_F(RecordFiles, TheMarkOfAContinuedFileIsThatOfTheWholeFile) {
    put("step,x\n0,a\n10");
    RecordFile file = resume("step,x\n0,a\n", 0);
    file.append(10, "10,b\n");

    const FileMark mark = file.mark(), whole = mark_of("step,x\n0,a\n10,b\n", 10);
    EXPECT_EQ(mark.n_bytes, whole.n_bytes);
    EXPECT_EQ(mark.checksum, whole.checksum);
    EXPECT_EQ(mark.last_step, whole.last_step);
}

TEST_F(RecordFiles, ADamagedRowBeforeTheMarkIsAnErrorThatSaysWhere) {
    put("step,x\n0,a\n1?,b\n20,c\n");
    expect_refusal("step,x\n0,a\n10,b\n20,c\n", 20, "at line 3, byte 11, behind the row of step 0");
}

TEST_F(RecordFiles, AChangedCharacterBeforeTheMarkIsAnError) {
    put("step,x\n0,a\n10,B\n20,c\n");
    expect_refusal("step,x\n0,a\n10,b\n20,c\n", 20, "checksum differs");
}

TEST_F(RecordFiles, AFileShorterThanItsMarkIsAnError) {
    put("step,x\n0,a\n");
    expect_refusal("step,x\n0,a\n10,b\n20,c\n", 20, "it ends after the row of step 0 with 11 bytes, but had 21");
}

TEST_F(RecordFiles, AForeignFileIsLeftAlone) {
    put("a letter to my aunt\n");
    expect_refusal("step,x\n0,a\n", 0, "does not begin as a run's file does");
}

TEST_F(RecordFiles, AFileThatIsGoneBeginsAnewWithANote) {
    EXPECT_EQ(resume("step,x\n0,a\n", 0).mark().last_step, std::nullopt);
    EXPECT_EQ(content(), "step,x\n");
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("a new one begins"), std::string::npos) << notes[0];
}

TEST_F(RecordFiles, AScanSeesWholeRowsAndATornOne) {
    put("step,x\n0,a\n10,b\n20");

    const RecordScan scan = scan_records(path, rows(), 11);

    EXPECT_EQ(scan.steps, (std::vector<std::int64_t>{0, 10}));
    EXPECT_EQ(scan.n_whole_bytes, 16U);
    EXPECT_EQ(scan.n_bytes, 18U);
    EXPECT_EQ(scan.damage, std::nullopt);
    EXPECT_EQ(scan.checksum, mark_of("step,x\n0,a\n", 0).checksum);
}

TEST_F(RecordFiles, AnUnwritablePlaceIsAnInputErrorWithItsName) {
    try {
        RecordFile::create("/no/such/folder/file", "");
        FAIL();
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("/no/such/folder/file"), std::string::npos);
    }
}

TEST_F(RecordFiles, WhatIsNoFileIsRefusedWithoutWaitingForIt) {
    const auto expect_no_file = [](auto work) {
        try {
            work();
            FAIL() << "was opened";
        } catch (const InputError& error) {
            EXPECT_NE(std::string(error.what()).find("is a fifo, not a file"), std::string::npos) << error.what();
        }
    };
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect_no_file([&] { RecordFile::create(path, "step,x\n"); });
    expect_no_file([&] { resume("step,x\n", 0); });
    expect_no_file([&] { scan_records(path, rows()); });

    std::filesystem::remove(path);
    put("step,x\n0,a\n10,b\n");
    ASSERT_EQ(::mkfifo((path + ".cut").c_str(), 0600), 0);
    expect_no_file([&] { resume("step,x\n0,a\n", 0); });
    EXPECT_EQ(content(), "step,x\n0,a\n10,b\n");
}

TEST_F(RecordFiles, ADiskThatIsFullIsAnInputError) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto on_excess = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{4, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);

    EXPECT_THROW(RecordFile::create(path, "header\n"), InputError);

    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, on_excess);
}

}  // namespace
}  // namespace dpmd
