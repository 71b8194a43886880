// The safetensors container: round trip, damage of every kind, and the replacement of files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/safetensors.hpp"
#include "support/expect_error.hpp"
#include "support/random_numbers.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;
using testing::TemporaryDirectory;

/// A file from a header and data, whatever they are.
std::vector<std::byte> raw_file(const std::string& header, std::size_t data_bytes) {
    std::vector<std::byte> out(8 + header.size() + data_bytes);
    const std::uint64_t size = header.size();
    std::memcpy(out.data(), &size, 8);
    std::memcpy(out.data() + 8, header.data(), header.size());
    return out;
}

SafetensorsWriter small_writer() {
    SafetensorsWriter writer;
    writer.metadata("dpmd", "{\"quoted\": \"\\\n\"}");
    writer.metadata("format", "x");
    writer.add("b.matrix", std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3});
    writer.add("a.scalar", std::vector<double>{-0.0}, {});
    writer.add("ids", std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -1, 7}, {3});
    writer.add("none", std::vector<double>{}, {0, 4});
    writer.add("name \"with\" quotes", std::vector<double>{1e-308, 1e308}, {2});
    return writer;
}

TEST(Safetensors, WhatIsWrittenComesBack) {
    const TemporaryDirectory directory;
    small_writer().write(directory / "file");

    const SafetensorsFile file(directory / "file");

    EXPECT_EQ(file.metadata("dpmd"), "{\"quoted\": \"\\\n\"}");
    EXPECT_EQ(file.metadata("format"), "x");
    EXPECT_EQ(file.doubles("b.matrix", {2, 3}), (std::vector<double>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(std::signbit(file.doubles("a.scalar", {}).at(0)));
    EXPECT_EQ(file.integers("ids", {3}), (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -1, 7}));
    EXPECT_TRUE(file.doubles("none", {0, 4}).empty());
    EXPECT_EQ(file.doubles("name \"with\" quotes", {2}), (std::vector<double>{1e-308, 1e308}));
    EXPECT_TRUE(file.tensors().contains("ids"));
    EXPECT_FALSE(file.tensors().contains("absent"));
}

TEST(Safetensors, AFileWithoutAnythingComesBack) {
    const TemporaryDirectory directory;
    SafetensorsWriter{}.write(directory / "file");

    EXPECT_NO_THROW(SafetensorsFile(directory / "file"));
}

TEST(Safetensors, EmptyTensorsOfAnyShapeComeBack) {
    const TemporaryDirectory directory;
    SafetensorsWriter writer;
    writer.add("x", std::vector<double>{}, {5000, 0});
    writer.add("y", std::vector<double>{}, {0, 5000});
    writer.write(directory / "file");

    const SafetensorsFile file(directory / "file");

    EXPECT_TRUE(file.doubles("x", {5000, 0}).empty());
    EXPECT_TRUE(file.doubles("y", {0, 5000}).empty());
}

TEST(Safetensors, TheHeaderEndsAtEightBytesAndDataFollows) {
    const TemporaryDirectory directory;
    small_writer().write(directory / "file");

    const std::vector<std::byte> bytes = testing::read_bytes(directory / "file");

    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    EXPECT_EQ(header % 8, 0u);
    EXPECT_EQ(bytes.size(), 8 + header + (6 + 1 + 3 + 0 + 2) * 8);
    EXPECT_EQ(std::to_integer<char>(bytes[8]), '{');
}

TEST(Safetensors, WrongShapesDtypesAndNumbersAreNamed) {
    const TemporaryDirectory directory;
    SafetensorsWriter writer = small_writer();
    writer.add("bad", std::vector<double>{1, std::nan("")}, {2});
    writer.write(directory / "file");
    const SafetensorsFile file(directory / "file");

    expect_input_error([&] { file.doubles("b.matrix", {3, 2}); }, {"b.matrix", "[2, 3]", "[3, 2]"});
    expect_input_error([&] { file.doubles("b.matrix", {6}); }, {"b.matrix", "[6]"});
    expect_input_error([&] { file.integers("b.matrix", {2, 3}); }, {"b.matrix", "F64", "I64"});
    expect_input_error([&] { file.doubles("ids", {3}); }, {"ids", "I64", "F64"});
    expect_input_error([&] { file.doubles("absent", {3}); }, {"absent", "missing"});
    expect_input_error([&] { file.metadata("absent"); }, {"absent"});
    expect_input_error([&] { file.doubles("bad", {2}); }, {"bad", "nan", "element 1"});
}

TEST(Safetensors, AFileCutAnywhereIsRefused) {
    const TemporaryDirectory directory;
    small_writer().write(directory / "file");
    const std::vector<std::byte> whole = testing::read_bytes(directory / "file");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        std::vector<std::byte> cut(whole.begin(), whole.begin() + std::ptrdiff_t(size));

        expect_input_error([&] { SafetensorsFile(std::move(cut), "cut.dpmd"); }, {"cut.dpmd"});
    }
}

TEST(Safetensors, FlippedBytesAreRefusedOrStayInsideTheFile) {
    const TemporaryDirectory directory;
    small_writer().write(directory / "file");
    const std::vector<std::byte> whole = testing::read_bytes(directory / "file");
    testing::Random random(2);
    int n_read = 0;
    for (int round = 0; round < 20000; ++round) {
        std::vector<std::byte> damaged = whole;
        for (int flips = 1 + random.below(3); flips > 0; --flips)
            damaged[std::size_t(random.below(int(damaged.size())))] = std::byte(random.below(256));
        try {
            const SafetensorsFile file(damaged, "flip");
            ++n_read;
            for (const char* name : {"b.matrix", "a.scalar", "ids", "none"})
                if (file.tensors().contains(name)) {
                    const auto& tensor = file.tensor(name);
                    unsigned sum = 0;
                    for (const std::byte b : tensor.bytes)
                        sum += std::to_integer<unsigned>(b);  // so that AddressSanitizer checks every byte
                    EXPECT_LE(sum, 255 * tensor.bytes.size());
                }
        } catch (const InputError&) {
        }
    }
    EXPECT_GT(n_read, 1000);
}

TEST(Safetensors, MaliciousHeadersAreRefused) {
    const auto refuse = [](const std::string& entry, std::size_t data_bytes = 64) {
        SCOPED_TRACE(entry);
        expect_input_error([&] { SafetensorsFile(raw_file(concat("{\"x\":", entry, "}"), data_bytes), "evil"); },
                           {"evil"});
    };
    const auto tensor = [](const char* shape, const char* offsets) {
        return concat("{\"dtype\":\"F64\",\"shape\":", shape, ",\"data_offsets\":", offsets, "}");
    };
    EXPECT_NO_THROW(SafetensorsFile(raw_file(concat("{\"x\":", tensor("[8]", "[0,64]"), "}"), 64), "good"));

    refuse(tensor("[8]", "[0,65]"));
    refuse(tensor("[8]", "[8,72]"));
    refuse(tensor("[8]", "[64,0]"));
    refuse(tensor("[8]", "[-8,56]"));
    refuse(tensor("[8]", "[0,9007199254740992]"));
    refuse(tensor("[8]", "[9007199254740928,9007199254740992]"));
    refuse(tensor("[8]", "[0,56]"));
    refuse(tensor("[8]", "[0]"));
    refuse(tensor("[8]", "[0,64,64]"));
    refuse(tensor("[8]", "[0.5,64]"));
    refuse(tensor("[8]", "{}"));
    refuse(tensor("[-8]", "[0,64]"));
    refuse(tensor("[-2,-4]", "[0,64]"));
    refuse(tensor("[8.5]", "[0,64]"));
    refuse(tensor("8", "[0,64]"));
    // products that overflow 64 bits to the right size
    refuse(tensor("[4294967296,4294967296,8]", "[0,64]"));
    refuse(tensor("[2305843009213693952,8]", "[0,0]"));
    refuse(tensor("[9007199254740992,1024,8]", "[0,64]"));
    refuse(tensor("[4611686018427387904,4,8]", "[0,64]"));
    refuse("{\"dtype\":\"F63\",\"shape\":[8],\"data_offsets\":[0,64]}");
    refuse("{\"dtype\":64,\"shape\":[8],\"data_offsets\":[0,64]}");
    refuse("{\"shape\":[8],\"data_offsets\":[0,64]}");
    refuse("{\"dtype\":\"F64\",\"data_offsets\":[0,64]}");
    refuse("{\"dtype\":\"F64\",\"shape\":[8]}");
    refuse("[]");
    refuse("null");
    for (const char* header :
         {"", "[]", "1", "{\"__metadata__\":[]}", "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":\"x\"}", "{"})
        expect_input_error([&] { SafetensorsFile(raw_file(header, 0), "evil"); }, {"evil"});
}

TEST(Safetensors, HeaderLengthsThatDoNotFitAreRefused) {
    for (const std::uint64_t length : {std::uint64_t(3), std::uint64_t(1) << 20, std::uint64_t(1) << 40,
                                       ~std::uint64_t(0), ~std::uint64_t(0) - 7, std::uint64_t(1) << 63}) {
        std::vector<std::byte> bytes(8 + 2);
        std::memcpy(bytes.data(), &length, 8);
        bytes[8] = std::byte('{');
        bytes[9] = std::byte('}');

        expect_input_error([&] { SafetensorsFile(bytes, "long"); }, {"long", "header"});
    }
}

TEST(Safetensors, PathsThatAreNoFilesAreRefusedWithTheReason) {
    const TemporaryDirectory directory;
    testing::write_bytes(directory / "empty", {});
    expect_input_error([&] { SafetensorsFile(directory / "absent"); }, {"absent", "No such file"});
    expect_input_error([&] { SafetensorsFile{directory.path()}; }, {directory.path(), "is a folder"});
    expect_input_error([&] { SafetensorsFile(directory / "empty"); }, {"empty", "0 bytes"});
    expect_input_error([&] { SafetensorsFile(std::string("/dev/null")); }, {"/dev/null", "is a device"});
}

TEST(Safetensors, WhatIsNoFileIsRefusedWithoutWaitingForIt) {
    const TemporaryDirectory directory;
    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);

    expect_input_error([&] { SafetensorsFile(directory / "fifo"); }, {"fifo", "is a fifo"});
    expect_input_error([&] { SafetensorsFile(std::string("/dev/zero")); }, {"/dev/zero", "is a device"});
}

TEST(Safetensors, AFileBeyondItsLimitIsRefusedBySize) {
    const TemporaryDirectory directory;
    testing::write_bytes(directory / "file", std::vector<std::byte>(100));

    expect_input_error([&] { SafetensorsFile(directory / "file", 99); }, {"has 100 bytes", "more than the 99"});
}

TEST(Safetensors, TensorsThatShareTheirBytesAreRefused) {
    const auto file = raw_file(R"({"x":{"dtype":"F64","shape":[8],"data_offsets":[0,64]},)"
                               R"("y":{"dtype":"F64","shape":[4],"data_offsets":[32,64]}})",
                               64);

    expect_input_error([&] { SafetensorsFile(file, "evil"); }, {"evil", "tensors overlap", "'y'"});
}

TEST(Safetensors, WritingReplacesTheOldFileOnlyByAWholeNewOne) {
    const TemporaryDirectory directory;
    const std::string path = directory / "file";
    SafetensorsWriter first;
    first.metadata("which", "first");
    first.write(path);
    SafetensorsWriter second;
    second.metadata("which", "second");
    second.add("big", std::vector<double>(1000, 1.0), {1000});

    second.write(path);

    EXPECT_EQ(SafetensorsFile(path).metadata("which"), "second");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1)
        << "something was left behind";
}

TEST(Safetensors, AFileTakesThePlaceOfFilesOnly) {
    const TemporaryDirectory directory;
    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
    std::filesystem::create_symlink(directory / "fifo", directory / "link");

    for (const char* name : {"fifo", "link"}) {
        expect_input_error([&] { SafetensorsWriter{}.write(directory / name); }, {name, "is a fifo", "a new name"});
        EXPECT_TRUE(std::filesystem::is_fifo(directory / name));
    }
}

TEST(Safetensors, AWriteThatFailsLeavesTheOldFileAndNothingElse) {
    SafetensorsWriter writer;
    writer.add("big", std::vector<double>(100000, 1.0), {100000});
    const TemporaryDirectory directory;
    expect_input_error([&] { writer.write(directory / "absent/file"); }, {"absent/file", "No such file"});

    std::filesystem::create_directory(directory / "taken");
    testing::write_bytes(directory / "taken/inside", {});
    expect_input_error([&] { writer.write(directory / "taken"); }, {"taken", "is a folder"});
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1)
        << "something was left behind";
    EXPECT_TRUE(std::filesystem::is_directory(directory / "taken"));

    // a full disk
    if (std::filesystem::exists("/dev/full")) {
        const std::string path = directory / "old";
        SafetensorsWriter{}.write(path);
        const std::string aside = concat(path, ".", ::getpid(), ".part");
        std::filesystem::create_symlink("/dev/full", aside);
        const std::vector<std::byte> old = testing::read_bytes(path);

        expect_input_error([&] { writer.write(path); }, {"could not be written", "No space"});

        EXPECT_EQ(testing::read_bytes(path), old);
        EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(aside)));
    }
}

TEST(Safetensors, AShapeThatIsNotTheArraysIsOurBug) {
    SafetensorsWriter writer;
    EXPECT_THROW(writer.add("x", std::vector<double>(5, 0.0), {2, 3}), InternalError);
}

}  // namespace
}  // namespace dpmd
