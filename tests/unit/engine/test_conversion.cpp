// Models of other formats: converted once, by a program that these tests put in the place of the command dpmd.
#include "engine/conversion/converted_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/run_program.hpp"
#include "dpmd/model.hpp"
#include "engine/conversion/conversion_turn.hpp"
#include "io/sha256.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

namespace fs = std::filesystem;
using testing::expect_input_error;

/// A variable of the environment, for as long as this object lives.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

std::string text_in(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
}

class ConvertedModel : public ::testing::Test {
protected:
    ConvertedModel() { write_foreign("a model"); }

    /// Writes the file of another program.
    void write_foreign(const std::string& what) {
        const std::string content = "\x89HDF\r\n\x1a\n" + what;
        std::ofstream(path, std::ios::binary) << content;
        hash = sha256(std::as_bytes(std::span(content)));
        testing::write_bytes(folder / "answer", model_of(hash));
    }
    /// A .dpmd file that says that it was made from the file with this hash.
    std::vector<std::byte> model_of(const std::string& its_hash, const std::string& file = "water.dp") const {
        return testing::model_parts(testing::random_model({}, 1))
            .with("\"file\": \"\", \"sha256\": \"\"",
                  concat("\"file\": \"", file, "\", \"sha256\": \"", its_hash, "\""))
            .bytes();
    }
    /// The lines of the converter, a program for the shell, after one that counts its runs.
    std::string converter(const std::string& lines) const {
        const std::string program = folder / "converter";
        std::ofstream(program) << "#!/bin/sh\necho run >> " << folder / "runs"
                               << "\n"
                               << lines << "\n";
        fs::permissions(program, fs::perms::owner_all);
        return program;
    }
    /// Waits until all these threads of this process wait for each other.
    static std::string awaits(int n_threads) {
        return concat("until [ $(ls -l /proc/$PPID/fd | grep -c '[.]lock$') = ", n_threads,
                      " ]; do sleep 0.01; done\n");
    }
    std::string copies() const { return concat("cp ", folder / "answer", " \"$3\""); }
    std::int64_t n_runs() const {
        const std::string runs = text_in(folder / "runs");
        return std::count(runs.begin(), runs.end(), '\n');
    }
    std::vector<fs::path> in_cache() const {
        std::vector<fs::path> out;
        for (const auto& entry : fs::directory_iterator(cache_folder)) out.push_back(entry.path());
        return out;
    }

    const testing::TemporaryDirectory folder;
    const std::string path = folder / "water.dp", cache_folder = folder / "cache/dpmd";
    std::string hash;
    const Variable cache{"DPMD_CACHE", cache_folder};
    const Variable command{"DPMD_COMMAND", converter(copies())};
};

TEST_F(ConvertedModel, IsConvertedOnceAndFoundAgain) {
    const Model first(path), second(path);

    EXPECT_EQ(n_runs(), 1);
    EXPECT_EQ(first.info().metadata, second.info().metadata);
    ASSERT_EQ(in_cache().size(), 1u);  // no lock, no copy of the source
    EXPECT_EQ(in_cache()[0].filename().string().rfind(hash + "-", 0), 0u);
}

TEST_F(ConvertedModel, IsFoundByItsBytesUnderAnyName) {
    const Model from_path(path);
    const auto bytes = testing::read_bytes(path);
    const Model from_bytes(bytes, "frozen/graph");

    EXPECT_EQ(n_runs(), 1);

    write_foreign("another model");
    const Model other(path);
    EXPECT_EQ(n_runs(), 2);
    EXPECT_EQ(in_cache().size(), 2u);
}

TEST_F(ConvertedModel, IsConvertedOnceForThreadsThatStartTogether) {
    converter(awaits(4) + copies());
    std::vector<std::thread> threads;
    std::atomic<int> n_loaded = 0;
    for (int k = 0; k < 4; ++k) threads.emplace_back([&] { n_loaded += Model(path).info().type_map.empty() ? 0 : 1; });
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(n_loaded, 4);
    EXPECT_EQ(n_runs(), 1);
}

TEST_F(ConvertedModel, WhoseConversionFailsFailsForAllThatWait) {
    const std::string refuses = "echo \"dpmd: error: $2: a dipole model\" >&2\nexit 2";
    converter(awaits(4) + refuses);
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k)
        threads.emplace_back([&] { expect_input_error([&] { Model model(path); }, {path + ": a dipole model"}); });
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(n_runs(), 1);
    EXPECT_TRUE(in_cache().empty());

    converter(refuses);
    expect_input_error([&] { Model model(path); }, {path + ": a dipole model"});
    EXPECT_EQ(n_runs(), 2);  // another run may find another converter
}

TEST_F(ConvertedModel, IsNotReadFromAFileOfAnotherModelOrADamagedOne) {
    const Model first(path);
    const std::string cached = in_cache().at(0).string();
    const auto whole = testing::read_bytes(cached);
    for (const auto& wrong : {model_of(std::string(64, '0')), std::vector(whole.begin(), whole.end() - 8)}) {
        testing::write_bytes(cached, wrong);
        const Model again(path);
        EXPECT_EQ(testing::read_bytes(cached), whole);
    }
    EXPECT_EQ(n_runs(), 3);
}

TEST_F(ConvertedModel, OfTheConverterMustBeOfTheSameBytes) {
    testing::write_bytes(folder / "answer", model_of(std::string(64, '0')));
    expect_input_error([&] { Model model(path); }, {path, "has written a file of another model"});
    EXPECT_TRUE(in_cache().empty());
}

TEST_F(ConvertedModel, BesideItsSourceCounts) {
    testing::write_bytes(folder / "water.dpmd", model_of(hash));
    const Model beside(path);
    EXPECT_EQ(n_runs(), 0);
    EXPECT_FALSE(fs::exists(cache_folder));

    // of another file; converted with options, which stand behind the name
    for (const auto& other : {model_of(std::string(64, '0')), model_of(hash, "water.dp, head Default")}) {
        testing::write_bytes(folder / "water.dpmd", other);
        const Model converted(path);
    }
    EXPECT_EQ(n_runs(), 1);
}

TEST_F(ConvertedModel, OfSomebodyElseBesideItsSourceDoesNotCount) {
    testing::write_bytes(folder / "water.dpmd", model_of(hash));
    if (::chown((folder / "water.dpmd").c_str(), 65534, 65534) != 0) GTEST_SKIP() << "needs the rights of root";
    const Model converted(path);
    EXPECT_EQ(n_runs(), 1);
    ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
    fs::remove_all(cache_folder);
    const Model of_one_owner(path);
    EXPECT_EQ(n_runs(), 1);
}

TEST_F(ConvertedModel, IsKeptInAFolderOfTheUserAlone) {
    const Model first(path);
    struct stat found {};
    ASSERT_EQ(::stat(cache_folder.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700u);

    fs::permissions(cache_folder, fs::perms::others_write | fs::perms::owner_all);
    expect_input_error([&] { Model model(path); },
                       {cache_folder, "others may write to it", "chmod go-w", "DPMD_CACHE"});
    fs::remove(in_cache().at(0));
    expect_input_error([&] { Model model(path); }, {cache_folder, "others may write to it"});
    fs::permissions(cache_folder, fs::perms::owner_all);
    if (::chown(cache_folder.c_str(), 65534, 65534) == 0)
        expect_input_error([&] { Model model(path); }, {cache_folder, "belongs to another user (number 65534)"});
    EXPECT_EQ(n_runs(), 1);
}

TEST_F(ConvertedModel, NeedsAFolderThatCanBeWritten) {
    const Variable nowhere("DPMD_CACHE", path + "/cache");
    expect_input_error([&] { Model model(path); },
                       {path + ": a ", path + "/cache", "cannot be made", "Not a directory", "DPMD_CACHE"});

    const Variable here("DPMD_CACHE", cache_folder);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit little{4, before.rlim_max};
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &little);
    std::string said;
    try {
        const Model model(path);
    } catch (const InputError& error) {
        said = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_NE(said.find("cannot be written: File too large"), std::string::npos) << said;
    EXPECT_TRUE(in_cache().empty());
}

TEST_F(ConvertedModel, IsNotConvertedWhereThatIsForbidden) {
    const std::string advice = "convert it once with: dpmd convert " + path + " " + folder / "water.dpmd";
    {
        const Variable off("DPMD_CONVERT", "0");
        expect_input_error([&] { Model model(path); }, {path + ": a ", "DPMD_CONVERT=0", advice});
    }
    EXPECT_EQ(n_runs(), 0);
    const Model converted(path);
    const Variable off("DPMD_CONVERT", "0");
    const Model found(path);
    EXPECT_EQ(n_runs(), 1);
}

TEST_F(ConvertedModel, NeedsAProgramThatIsNamedByItsWholePath) {
    const std::string advice = "convert it once with: dpmd convert ";
    {
        const Variable none("DPMD_COMMAND", "");
        expect_input_error([&] { Model model(path); }, {path, "no command dpmd was installed", "DPMD_COMMAND", advice});
    }
    {
        const Variable absent("DPMD_COMMAND", folder / "absent");
        expect_input_error([&] { Model model(path); }, {path, "there is no program " + folder / "absent", advice});
    }
    {
        const Variable relative("DPMD_COMMAND", "dpmd");
        expect_input_error([&] { Model model(path); }, {"DPMD_COMMAND", "absolute path"});
    }
    const Variable odd("DPMD_CONVERT", "yes");
    expect_input_error([&] { Model model(path); }, {"DPMD_CONVERT = 'yes' is neither 0 nor 1"});
}

TEST_F(ConvertedModel, ThatTheConverterCannotMakeIsAnErrorWithItsLastLine) {
    const auto refused = [&](const std::string& lines, std::initializer_list<std::string> parts) {
        converter(lines);
        expect_input_error([&] { Model model(path); }, parts);
        EXPECT_TRUE(in_cache().empty());
    };
    refused("kill -9 $$", {path, "could not be converted by " + folder / "converter", "killed by signal 9"});
    refused("echo Traceback >&2; echo 'ImportError: numpy' >&2; exit 1", {"exit status was 1: ImportError: numpy"});
    refused("exit 0", {"it wrote no file"});
    refused("echo text > \"$3\"", {".converted.dpmd"});
    fs::remove(folder / "converter");
    std::ofstream(folder / "converter") << "#!" << folder / "absent"
                                        << "\n";
    fs::permissions(folder / "converter", fs::perms::owner_all);
    expect_input_error([&] { Model model(path); }, {"could not be started: No such file"});
}

TEST_F(ConvertedModel, IsMadeFromAFileThatOnlyItsOwnerMayRead) {
    converter(concat("stat -c '%a %n' \"$2\" . \"$(dirname \"$2\")\" > ", folder / "modes", "\n", copies()));
    const Model model(path);
    const std::string modes = text_in(folder / "modes");
    EXPECT_NE(modes.find("600 " + cache_folder + "/work-"), std::string::npos) << modes;
    EXPECT_NE(modes.find("/water.dp\n"), std::string::npos) << modes;
    EXPECT_NE(modes.find("700 " + cache_folder + "/work-"), std::string::npos) << modes;
}

TEST_F(ConvertedModel, IsMadeByAProgramThatInheritsLittle) {
    const Variable preload("LD_PRELOAD", ""), rank("PMI_RANK", "3"), size("PMI_SIZE", "4"), home("PYTHONHOME", "/x"),
        packages("PYTHONPATH", "/packages");
    const int open_file = ::open(path.c_str(), O_RDONLY);
    converter(concat("env > ", folder / "environment", "\nls /proc/$$/fd > ", folder / "descriptors", "\n", copies()));
    const Model model(path);
    ::close(open_file);

    const std::string environment = text_in(folder / "environment"), descriptors = text_in(folder / "descriptors");
    for (const char* absent : {"LD_PRELOAD", "PMI_", "PYTHONHOME", "DPMD_CACHE"})
        EXPECT_EQ(environment.find(absent), std::string::npos) << environment;
    EXPECT_NE(environment.find("PYTHONPATH=/packages\n"), std::string::npos) << environment;
    EXPECT_EQ(descriptors.find(concat("\n", open_file, "\n")), std::string::npos) << descriptors;
}

TEST_F(ConvertedModel, IsMadeInAHostThatTakesNoNoteOfItsChildren) {
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    const Model model(path);
    std::signal(SIGCHLD, before);
    EXPECT_EQ(n_runs(), 1);
}

TEST_F(ConvertedModel, LeavesNoWorkOfThoseThatWereKilledLongAgo) {
    fs::create_directories(cache_folder + "/work-abcdef");
    fs::create_directories(cache_folder + "/work-ghijkl");
    fs::permissions(cache_folder, fs::perms::owner_all);
    std::ofstream(cache_folder + "/work-abcdef/water.dp") << "x";
    fs::last_write_time(cache_folder + "/work-abcdef", fs::file_time_type::clock::now() - std::chrono::hours(25));
    const Model model(path);
    EXPECT_FALSE(fs::exists(cache_folder + "/work-abcdef"));
    EXPECT_TRUE(fs::exists(cache_folder + "/work-ghijkl"));  // which may be at work now
}

TEST(RunProgram, EndsAProgramThatTakesTooLong) {
    const testing::TemporaryDirectory folder;
    const Program sleeper{"/bin/sleep", {"600"}, {}, folder / "messages", std::chrono::seconds(0)};
    EXPECT_EQ(run_program(sleeper), "it was ended after 0 s");
}

TEST(ConversionTurn, OfAProcessThatWasKilledGoesToTheNextOne) {
    const testing::TemporaryDirectory folder;
    const fs::path file = folder / "turn.lock";
    const pid_t child = ::fork();
    if (child == 0) {
        ConversionTurn turn(file, std::chrono::seconds(60));
        turn.tell_failure("which nobody waits for");
        ::kill(::getpid(), SIGKILL);
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_TRUE(fs::exists(file));
    {
        const ConversionTurn turn(file, std::chrono::seconds(60));
        EXPECT_EQ(turn.failure_before(), "");
    }
    EXPECT_FALSE(fs::exists(file));
}

TEST(ConversionTurn, IsNotWaitedForBeyondItsTime) {
    const testing::TemporaryDirectory folder;
    const fs::path file = folder / "turn.lock";
    ConversionTurn first(file, std::chrono::seconds(60));
    { const ConversionTurn second(file, std::chrono::seconds(0)); }
    EXPECT_TRUE(fs::exists(file));  // that of the first
}

}  // namespace
}  // namespace dpmd
