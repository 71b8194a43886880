// Deflated data against what zlib makes of them.
#include "importers/archive/inflate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "importers/archive/crc32.hpp"
#include "support/expect_error.hpp"
#include "support/zip_files.hpp"

namespace dpmd::importers {

namespace {

using testing::expect_input_error;
using testing::raw_bytes;

std::string from_hex(const std::string& hex) {
    std::string out;
    for (std::size_t k = 0; k < hex.size(); k += 2) out += static_cast<char>(std::stoi(hex.substr(k, 2), nullptr, 16));
    return out;
}

std::string inflated(const std::string& hex, std::size_t size) {
    const std::string packed = from_hex(hex);
    const auto bytes = inflate(raw_bytes(packed), size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Packed by zlib.
const std::string stored = "010600f9ff73746f726564";
const std::string fixed = "4b4c4a4e44423a0a8979290ac5f90af979484c00";
const std::string dynamic =
    "65d1ab0d80500043d1559880d096ef380804091840c0f60812c47df2ba93769b9fe538eba6dee7eb58ef6afb5a68a3836ed11dba470fe8113d"
    "d153"
    "00291489a251448a4a91293a45a82835a52eb6a4d4949a52536a4a4da92935a5a13494a6b89dd2501a4a4369280da5f9a52f";

std::string layers() {
    std::string text;
    for (int k = 0; k < 40; ++k) text += "layers." + std::to_string(k) + ".matrix ";
    return text;
}

}  // namespace

TEST(Inflate, BlocksOfAllKindsGiveWhatWasPacked) {
    EXPECT_EQ(inflated(stored, 6), "stored");
    EXPECT_EQ(inflated(fixed, 37), "abcabcabcabcabc, and so on, and so on");
    EXPECT_EQ(inflated(dynamic, layers().size()), layers());
    EXPECT_EQ(inflated("0300", 0), "");
}

TEST(Inflate, MoreOrFewerBytesThanDeclaredAreAnError) {
    expect_input_error([&] { inflated(fixed, 36); }, {"holds more than the 36 bytes"});
    expect_input_error([&] { inflated(fixed, 38); }, {"holds 37 bytes, declares 38"});
    expect_input_error([&] { inflated(stored, 5); }, {"holds more than the 5 bytes"});
}

TEST(Inflate, TruncatedDataAreAnError) {
    for (std::size_t n = 0; n < dynamic.size(); n += 2)
        expect_input_error([&] { inflated(dynamic.substr(0, n), layers().size()); }, {""});
}

TEST(Inflate, DamagedDataAreAnError) {
    expect_input_error([&] { inflated("07", 1); }, {"a block of an unknown kind"});
    expect_input_error([&] { inflated("010600f8ff73746f726564", 6); }, {"a block with two sizes"});
    expect_input_error([&] { inflated("4b0402", 9); }, {""});                  // copies from before the first byte
    expect_input_error([&] { inflated("fdffff", 9); }, {"too many symbols"});  // 288 literals
    expect_input_error([&] { inflated("0500000000000000000000", 9); }, {"too few symbols"});
}

TEST(Crc32, IsTheOneOfZipArchives) {
    EXPECT_EQ(crc32(raw_bytes("")), 0u);
    EXPECT_EQ(crc32(raw_bytes("123456789")), 0xCBF43926u);
    EXPECT_EQ(crc32(raw_bytes("The quick brown fox jumps over the lazy dog")), 0x414FA339u);
}

}  // namespace dpmd::importers
