// Zip archives: what they hold, and those that lie about it.
#include <gtest/gtest.h>

#include <string>

#include "importers/archive/zip_archive.hpp"
#include "support/expect_error.hpp"
#include "support/zip_files.hpp"

namespace dpmd::importers {

namespace {

using namespace testing;

/// The content of an entry of an archive made of such parts.
std::string read(const std::string& file, const std::string& name) {
    Budget budget(file.size());
    ZipArchive archive(raw_bytes(file), "m.pth", budget);
    const auto bytes = archive.read(name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string unhexed(std::initializer_list<int> bytes) {
    std::string out;
    for (const int b : bytes) out += static_cast<char>(b);
    return out;
}

// "abc" deflated in a block of the fixed code
const std::string abc_deflated = unhexed({0x4b, 0x4c, 0x4a, 0x06, 0x00});
constexpr std::uint32_t abc_crc = 0x352441C2;

}  // namespace

TEST(Zip, StoredAndDeflatedEntriesAreRead) {
    const std::string file =
        zip_file({{.name = "m/data.pkl", .content = "N."},
                  {.name = "m/empty", .content = ""},
                  {.name = "m/code", .content = abc_deflated, .method = 8, .size = 3, .crc = abc_crc}});
    EXPECT_EQ(read(file, "m/data.pkl"), "N.");
    EXPECT_EQ(read(file, "m/empty"), "");
    EXPECT_EQ(read(file, "m/code"), "abc");

    Budget budget(file.size());
    const ZipArchive archive(raw_bytes(file), "m.pth", budget);
    EXPECT_EQ(archive.names(), (std::vector<std::string_view>{"m/data.pkl", "m/empty", "m/code"}));
    EXPECT_EQ(archive.size("m/code"), 3u);
    EXPECT_TRUE(archive.holds("m/empty"));
    EXPECT_FALSE(archive.holds("m"));
}

TEST(Zip, StoredEntriesAreNotCopied) {
    const std::string file = zip_file({{.name = "a", .content = "weights"}});
    Budget budget(file.size());
    ZipArchive archive(raw_bytes(file), "m.pth", budget);
    EXPECT_EQ(reinterpret_cast<const char*>(archive.read("a").data()), file.data() + file.find("weights"));
}

TEST(Zip, SizesOf64BitsAreRead) {
    const std::string extra = record(U16(7), U16(2), U16(0)) + record(U16(1), U16(8), U64(0));
    const std::vector<ZipPart> parts{{.name = "a", .content = "xy", .offset = ~U32(0), .extra = extra}};
    EXPECT_EQ(read(zip_file(parts, ZipEnd::wide), "a"), "xy");
    EXPECT_EQ(read(zip_file({{.name = "a", .content = "xy"}}, ZipEnd::wide), "a"), "xy");

    std::vector<ZipPart> without = parts;
    without[0].extra = record(U16(1), U16(0));
    expect_input_error([&] { read(zip_file(without), "a"); },
                       {"m.pth: a damaged zip archive, truncated?: the size of an entry is"});
}

TEST(Zip, ACommentAtTheEndIsPassedOver) {
    std::string file = zip_file({{.name = "a", .content = "xy"}});
    file[file.size() - 2] = 3;
    EXPECT_EQ(read(file + "abc", "a"), "xy");
    expect_input_error([&] { read(file + "ab", "a"); }, {"the end of the directory is missing"});
}

TEST(Zip, ADamagedEntryIsAnErrorWithItsName) {
    const auto read_part = [](const ZipPart& part) { return read(zip_file({part}), part.name); };
    expect_input_error([&] { read_part({.name = "a", .content = "xy", .crc = 1}); },
                       {"m.pth: a: damaged: its checksum"});
    expect_input_error([&] { read_part({.name = "a", .content = "xy", .size = 3}); }, {"a holds 2 bytes, declares 3"});
    expect_input_error([&] { read_part({.name = "a", .content = "xy", .method = 12}); },
                       {"compression method 12 is not PyTorch's"});
    expect_input_error([&] { read_part({.name = "a", .content = "xy", .flags = 1}); }, {"encrypted"});
    expect_input_error([&] { read_part({.name = "a", .content = "xy", .method = 8, .size = 9}); },
                       {"m.pth: a: damaged: "});
    expect_input_error([&] { read_part({.name = "a", .content = "xy", .method = 8, .size = 1u << 30}); },
                       {"a declares 1073741824 bytes, far more than a file of this size should hold"});
    expect_input_error([&] { read(zip_file({}), "a"); }, {"m.pth: a is missing in the archive"});
}

TEST(Zip, EntriesThatShareBytesOrNamesAreRefused) {
    const ZipPart first{.name = "a", .content = "xy"};
    expect_input_error([&] { read(zip_file({first, first}), "a"); }, {"two entries have one name"});
    // the second entry begins inside the first one, which holds a header of its own
    const std::string inner = zip_file({{.name = "b", .content = "z"}}).substr(0, 32);
    const std::string file =
        zip_file({{.name = "a", .content = inner}, {.name = "b", .content = "z", .offset = U32(31)}});
    expect_input_error([&] { read(file, "b"); }, {"its entries overlap"});
}

TEST(Zip, ADirectoryThatLiesIsRefused) {
    const auto with = [](ZipPart part) { return zip_file({part}); };
    expect_input_error([&] { read(with({.name = "a", .content = "xy", .offset = 1}), "a"); },
                       {"not where the directory says"});
    expect_input_error([&] { read(with({.name = "a", .content = "xy", .offset = 99999}), "a"); },
                       {"not where the directory says"});
    expect_input_error([&] { read(with({.name = "\xff", .content = "xy"}), "a"); },
                       {"the name of an entry is no text"});
    std::string file = with({.name = "a", .content = "xy"});
    file[30] = 'b';  // the name in front of the entry
    expect_input_error([&] { read(file, "a"); }, {"another name than in the directory"});
}

TEST(Zip, EveryTruncationIsAnError) {
    const std::string file = zip_file({{.name = "a", .content = "xy"}, {.name = "b", .content = "z"}}, ZipEnd::wide);
    for (std::size_t n = 0; n < file.size(); ++n)
        expect_input_error([&] { read(file.substr(0, n), "a"); }, {"m.pth: a damaged zip archive, truncated?"});
}

TEST(Zip, AnEntryLargerThanItsFileMayBeRefused) {
    const std::string file = zip_file({{.name = "a", .content = "xy", .method = 8, .size = 5000}});
    Budget budget(file.size());
    const ZipArchive archive(raw_bytes(file), "m.pth", budget);
    archive.require_size("a", 100);
    expect_input_error([&] { archive.require_size("a", 4); }, {"a declares 5000 bytes, more than a file of"});
}

}  // namespace dpmd::importers
