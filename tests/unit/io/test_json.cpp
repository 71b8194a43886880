// The JSON reader and RFC 8259: what it must accept, what it must refuse, and the place that it reports.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json.hpp"
#include "support/expect_error.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;

Json parse(std::string_view text) { return Json::parse(text, "doc"); }

TEST(Json, TakesEveryKindOfValue) {
    const Json json = parse(R"( {"a": [1, -2.5e3, true, false, null, "x", {}, []], "b": {"c": {"d": 7}}} )");

    const Json::List& list = json.at("a").as_list();
    ASSERT_EQ(list.size(), 8u);
    EXPECT_EQ(list[0].as_integer(), 1);
    EXPECT_EQ(list[1].as_number(), -2500.0);
    EXPECT_TRUE(list[2].as_bool());
    EXPECT_FALSE(list[3].as_bool());
    EXPECT_TRUE(list[4].is_null());
    EXPECT_EQ(list[5].as_string(), "x");
    EXPECT_TRUE(list[6].is_object());
    EXPECT_TRUE(list[7].is_list());
    EXPECT_EQ(json.at("b").at("c").at("d").path(), "doc: b.c.d");
    EXPECT_TRUE(json.get("absent").is_null());
}

TEST(Json, TakesScalarsAsDocuments) {
    EXPECT_EQ(parse(" 3 ").as_integer(), 3);
    EXPECT_EQ(parse("\"\"").as_string(), "");
    EXPECT_TRUE(parse("\n\t\r null").is_null());
}

TEST(Json, ReadsNumbersExactly) {
    for (const char* text : {"0", "-0", "1", "10", "0.1", "-0.5", "1e5", "1E+5", "1.25e-7", "123456789012345678",
                             "1.7976931348623157e308", "2.2250738585072014e-308", "0.30000000000000004"})
        EXPECT_EQ(parse(text).as_number(), std::strtod(text, nullptr)) << text;
    EXPECT_TRUE(std::signbit(parse("-0").as_number()));
}

TEST(Json, RefusesNumbersOutsideTheRangeOfADouble) {
    for (const char* text : {"1e999", "-1e999", "1e-400"})
        expect_input_error([&] { parse(text); }, {"beyond the range of float64"});
    EXPECT_EQ(parse("4.9406564584124654e-324").as_number(), 4.9406564584124654e-324);
}

TEST(Json, ReadsEscapesAndSurrogatePairs) {
    EXPECT_EQ(parse(R"("\"\\\/\b\f\n\r\t")").as_string(), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(parse(R"("\u0041\u00e9\u20ac\ud83d\ude00")").as_string(), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(parse(R"("\u0000x")").as_string(), std::string("\0x", 2));
    EXPECT_EQ(parse("\"\xC3\xA9\"").as_string(), "\xC3\xA9");
    EXPECT_EQ(parse(R"("\uFFFF\uDBFF\uDFFF")").as_string(), "\xEF\xBF\xBF\xF4\x8F\xBF\xBF");
}

TEST(Json, RefusesWhatIsNoJsonAndSaysWhere) {
    const char* bad[] = {
        // structure
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:2}",
        "{\"a\":1 \"b\":2}",
        "{\"a\" 1}",
        "[1]]",
        "1 2",
        "{}{}",
        "[1}",
        "{\"a\":1]",
        ":",
        ",",
        "{,}",
        "[[]",
        "/*c*/1",
        "//\n1",
        // words
        "nul",
        "tru",
        "True",
        "NULL",
        "truefalse",
        "undefined",
        "nulll",
        // numbers
        "+1",
        "-",
        "--1",
        "1e",
        "1e+",
        "1.",
        ".5",
        "-.5",
        "01",
        "-01",
        "00",
        "1.e5",
        "0x10",
        "1_000",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1,5",
        "1e5.5",
        "0b1",
        "1f",
        "infinity",
        "nan(1)",
        // strings
        "\"",
        "\"a",
        "'a'",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\\u-123\"",
        "\"\\u+123\"",
        "\"\\u 123\"",
        "\"a\nb\"",
        "\"\t\"",
        "\"\x01\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\"",
        "\"\\udfff\\ud800\"",
        "\"\\",
        "\"\\u",
        "\"\\u0",
        // byte order mark
        ("\xEF\xBB\xBF"
         "1"),
    };
    for (const char* text : bad) {
        SCOPED_TRACE(text);
        expect_input_error([&] { parse(text); }, {"doc: malformed JSON at byte "});
    }
    expect_input_error([&] { parse(std::string_view("1\0", 2)); }, {"at byte 1"});
    expect_input_error([&] { parse("[1, 2, x]"); }, {"at byte 7"});
}

TEST(Json, RefusesStringsThatAreNotUtf8) {
    for (const char* bytes :
         {"\x80", "\xC3", "\xC3(", "\xC0\x80", "\xC1\xBF", "\xE2\x82", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x9F\x98",
          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xFE"}) {
        expect_input_error([&] { parse(concat("\"", bytes, "\"")); }, {"UTF-8"});
        expect_input_error([&] { parse(concat("{\"", bytes, "\":1}")); }, {"UTF-8"});
    }
    expect_input_error([&] { parse("\"\xE2\x82"); }, {"UTF-8"});
    for (const char* bytes :
         {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_EQ(parse(concat("\"", bytes, "\"")).as_string(), bytes);
}

TEST(Json, RefusesAKeyTwice) {
    expect_input_error([] { parse(R"({"a": 1, "b": 2, "a": 3})"); }, {"twice"});
}

TEST(Json, RefusesDepthBombsWithoutRecursingIntoThem) {
    for (const char* open : {"[", "{\"a\":"}) {
        std::string bomb;
        for (int k = 0; k < 1000000; ++k) bomb += open;

        expect_input_error([&] { parse(bomb); }, {"nested too deeply"});
    }
    EXPECT_NO_THROW(parse(std::string(60, '[') + std::string(60, ']')));
}

TEST(Json, ALongKeyIsLeftOutOfPaths) {
    const Json json = parse("{\"" + std::string(20000, 'k') + "\":[0, {\"x\": [1, 2]}, 3]}");

    const Json::List list = json.as_object().front().second.as_list();

    EXPECT_EQ(list[2].path(), "doc: ...[2]");
    EXPECT_EQ(list[1].at("x").as_list()[1].path(), "doc: ...[1].x[1]");
}

TEST(Json, AValueOutlivesTheOneThatItWasFoundIn) {
    Json::List list = parse("{\"a\": [{\"b\": \"text\"}]}").at("a").as_list();

    const Json inner = list[0].at("b");
    list.clear();

    EXPECT_EQ(inner.as_string(), "text");
    EXPECT_EQ(inner.path(), "doc: a[0].b");
}

TEST(Json, MembersStandInTheOrderOfTheDocument) {
    std::string keys;
    for (const auto& [key, value] : parse(R"({"b": [1, {"x": 2}], "a": {"c": []}, "d": 3})").as_object())
        keys += concat(key, value.path(), ";");

    EXPECT_EQ(keys, "bdoc: b;adoc: a;ddoc: d;");
}

TEST(Json, WrongTypesAreReportedWithTheirPath) {
    const Json json = parse(R"({"a": [1, {"b": "x"}], "half": 0.5, "big": 1e17})");
    expect_input_error([&] { json.at("a").as_list()[1].at("b").as_number(); }, {"doc: a[1].b must be a number"});
    expect_input_error([&] { json.at("a").as_object(); }, {"doc: a must be an object"});
    expect_input_error([&] { json.at("half").as_integer(); }, {"doc: half must be an integer"});
    expect_input_error([&] { json.at("big").as_integer(); }, {"doc: big must be an integer"});
    expect_input_error([&] { json.at("a").as_string(); }, {"must be a string"});
    expect_input_error([&] { json.at("a").as_bool(); }, {"must be true or false"});
    expect_input_error([&] { json.at("half").as_list(); }, {"must be a list"});
    expect_input_error([&] { json.at("absent"); }, {"'absent' is missing"});
    expect_input_error([&] { json.at("half").at("x"); }, {"doc: half must be an object"});
}

TEST(Json, IntegersAreTakenUpToTheLastExactOne) {
    EXPECT_EQ(parse("9007199254740992").as_integer(), 9007199254740992);
    EXPECT_EQ(parse("-9007199254740992").as_integer(), -9007199254740992);
    EXPECT_EQ(parse("1e3").as_integer(), 1000);
    expect_input_error([] { parse("9007199254740994").as_integer(); }, {"an integer"});
}

TEST(Json, QuotedTextComesBack) {
    std::string all;
    for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
    for (const std::string& text : {std::string(), all, std::string("\xF0\x9F\x98\x80 O\"H\\"), std::string("\0", 1)})
        EXPECT_EQ(parse(json_quote(text)).as_string(), text);
}

TEST(Json, RandomBytesAndDamagedDocumentsAreRefusedOrRead) {
    testing::Random random(1);
    const std::string whole = R"({"a": [1, -2.5e3, true, null, "x\u00e9\n"], "b": {"c": {"d": 7}}, "e": ""})";
    int n_read = 0;
    for (int round = 0; round < 30000; ++round) {
        std::string text = whole;
        if (round % 3 == 0) {
            text.resize(std::size_t(random.below(40)));
            for (char& c : text) c = static_cast<char>(random.word());
        } else if (round % 3 == 1) {
            text[std::size_t(random.below(int(text.size())))] = static_cast<char>(random.word());
        } else {
            text.resize(std::size_t(random.below(int(text.size()))));
        }
        try {
            parse(text);
            ++n_read;
        } catch (const InputError&) {
        }
    }
    EXPECT_GT(n_read, 300);
}

}  // namespace
}  // namespace dpmd
