// The wire format of protocol buffers.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "importers/tensorflow/wire.hpp"
#include "support/graph_files.hpp"

namespace dpmd::importers {
namespace {

using namespace testing;

std::vector<Field> fields_of(const std::string& message) {
    std::vector<Field> out;
    WireReader reader(message);
    for (Field field; reader.next(field);) out.push_back(field);
    return out;
}

std::vector<std::uint64_t> numbers_of(const std::string& message, WireType type) {
    std::vector<std::uint64_t> out;
    WireReader reader(message);
    for (Field field; reader.next(field);)
        for_each_number(field, type, [&](std::uint64_t value) { out.push_back(value); });
    return out;
}

void expect_damage(const std::string& message) { EXPECT_THROW(fields_of(message), WireError) << message; }

std::string begin_group(std::uint32_t number) { return varint(number << 3 | 3); }
std::string end_group(std::uint32_t number) { return varint(number << 3 | 4); }

}  // namespace

TEST(Wire, FieldsOfEveryTypeAreRead) {
    const std::string message =
        number_field(1, 300) + bytes_field(2, "text") + float_field(3, 0.5f) + varint(4 << 3 | 1) + raw_double(2.0);
    const std::vector<Field> fields = fields_of(message);
    ASSERT_EQ(fields.size(), 4u);
    EXPECT_EQ(fields[0].value, 300u);
    EXPECT_EQ(fields[1].bytes, "text");
    EXPECT_EQ(fields[2].value, std::bit_cast<std::uint32_t>(0.5f));
    EXPECT_EQ(fields[3].value, std::bit_cast<std::uint64_t>(2.0));
}

TEST(Wire, RepeatedNumbersMayBePackedOrNot) {
    const std::string message = number_field(7, 1) + bytes_field(7, varint(2) + varint(300)) + number_field(7, 4);
    EXPECT_EQ(numbers_of(message, WireType::varint), (std::vector<std::uint64_t>{1, 2, 300, 4}));
}

TEST(Wire, GroupsAreSkipped) {
    const std::string inner = begin_group(5) + number_field(1, 1) + begin_group(6) + end_group(6) + end_group(5);
    const std::vector<Field> fields = fields_of(inner + number_field(2, 9));
    ASSERT_EQ(fields.size(), 1u);
    EXPECT_EQ(fields[0].value, 9u);
}

TEST(Wire, DamageIsSeen) {
    expect_damage("\x80");                                                     // a tag without an end
    expect_damage(number_field(1, 300).substr(0, 2));                          // a number without an end
    expect_damage(bytes_field(2, "text").substr(0, 4));                        // a text without an end
    expect_damage(varint(2 << 3 | 2) + varint(1ull << 62));                    // a length beyond any file
    expect_damage(std::string(1, '\x08') + std::string(10, '\xff') + "\x01");  // more than 64 bits
    expect_damage(varint(0 << 3));                                             // the field 0
    expect_damage(varint(1 << 3 | 6) + "\x01");                                // a type that there is not
    expect_damage(varint(1ull << 40));                                         // a field that there cannot be
    expect_damage(end_group(1));
    expect_damage(begin_group(1) + end_group(2));
    expect_damage(begin_group(1));
    std::string deep;
    for (int k = 0; k < 1000; ++k) deep += begin_group(1);
    expect_damage(deep);
    EXPECT_THROW(numbers_of(bytes_field(5, "abc"), WireType::fixed32), WireError);
}

}  // namespace dpmd::importers
