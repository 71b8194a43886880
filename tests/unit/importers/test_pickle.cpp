// Pickles as data: what PyTorch writes is read, and whatever would do something is refused.
#include <gtest/gtest.h>

#include <string>

#include "importers/archive/pickle.hpp"
#include "support/expect_error.hpp"
#include "support/pickle_code.hpp"

namespace dpmd::importers {

namespace {

using namespace testing;

/// Hands the root of a pickle to `look`.
template <class Look>
void with_root(const std::string& content, const Look& look) {
    Budget budget(content.size());
    const Pickle pickle(raw_bytes(content), "p", budget);
    look(pickle.root());
}

void read(const std::string& content) {
    with_root(content, [](const Pickled&) {});
}

std::string repeated(const std::string& text, int n) {
    std::string out;
    for (int k = 0; k < n; ++k) out += text;
    return out;
}

/// A tuple that contains the same tuple twice, and so on.
std::string doubling(int times) {
    std::string out = "N";
    for (int k = 0; k < times; ++k) {
        const char n = static_cast<char>(k);
        out += std::string("q") + n + "h" + n + "\x86";
    }
    return out;
}

}  // namespace

TEST(Pickle, ScalarsAndTextsAreRead) {
    with_root(pickle("N"), [](const Pickled& v) { EXPECT_TRUE(std::holds_alternative<std::monostate>(v)); });
    with_root(pickle("\x88"), [](const Pickled& v) { EXPECT_TRUE(std::get<bool>(v)); });
    with_root(pickle(pickled_number(-7)), [](const Pickled& v) { EXPECT_EQ(std::get<std::int64_t>(v), -7); });
    with_root(pickle("M\x02\x01"), [](const Pickled& v) { EXPECT_EQ(std::get<std::int64_t>(v), 258); });
    with_root(pickle(std::string("G\xbf\xf8\0\0\0\0\0\0", 9)),
              [](const Pickled& v) { EXPECT_EQ(std::get<double>(v), -1.5); });
    with_root(pickle(pickled_text("Å")), [](const Pickled& v) { EXPECT_EQ(std::get<std::string_view>(v), "Å"); });
}

TEST(Pickle, WholeNumbersOfAnySizeAreRead) {
    const auto expect = [](const std::string& bytes, std::int64_t value) {
        with_root(pickle("\x8a" + std::string(1, static_cast<char>(bytes.size())) + bytes),
                  [&](const Pickled& v) { EXPECT_EQ(std::get<std::int64_t>(v), value); });
    };
    expect("", 0);
    expect("\xff", -1);
    expect(std::string("\xff\0", 2), 255);
    expect(std::string(7, '\xff') + "\x7f", INT64_MAX);
    expect(std::string(7, '\0') + "\x80", INT64_MIN);
    expect(std::string(7, '\0') + "\x80\xff\xff", INT64_MIN);
    const auto expect_digits = [](const std::string& bytes, const std::string& digits) {
        with_root(pickle("\x8a" + std::string(1, static_cast<char>(bytes.size())) + bytes),
                  [&](const Pickled& v) { EXPECT_EQ(std::get<const BigInteger*>(v)->digits, digits); });
    };
    expect_digits(std::string(8, '\xff') + std::string(1, '\0'), "18446744073709551615");
    expect_digits(std::string(7, '\xff') + "\x7f\xff", "-9223372036854775809");
    expect_digits(std::string(8, '\0') + "\x01", "18446744073709551616");
}

TEST(Pickle, ContainersKeepTheirOrderAndTheLastValueOfAKey) {
    const std::string members = pickled_text("b") + "K\x01" + pickled_text("a") + "K\x02" + pickled_text("b") + "K\x03";
    with_root(pickle("}(" + members + "u"), [](const Pickled& v) {
        const auto& mapping = *std::get<PickledMapping*>(v);
        ASSERT_EQ(mapping.members().size(), 2u);
        EXPECT_EQ(std::get<std::string_view>(mapping.members()[0].key), "b");
        EXPECT_EQ(std::get<std::int64_t>(*mapping.find("b")), 3);
        EXPECT_EQ(std::get<std::int64_t>(*mapping.find("a")), 2);
        EXPECT_EQ(mapping.find("c"), nullptr);
    });
    with_root(pickle("](K\x01K\x02"
                     "eK\x03"
                     "a"),
              [](const Pickled& v) {
                  const auto& list = *std::get<PickledSequence*>(v);
                  EXPECT_TRUE(list.is_list);
                  EXPECT_EQ(std::get<std::int64_t>(list.items.at(2)), 3);
              });
}

TEST(Pickle, TensorsAreViewsOfStorages) {
    const std::string row = pickled_number(0) + pickled_number(3) + "\x85" + pickled_number(1) + "\x85\x89N";
    const std::string tensor_of = class_name("torch._utils", "_rebuild_tensor_v2");
    with_root(pickle(tensor_of + "(" + pickled_storage("7", 3) + row + "tR"), [](const Pickled& v) {
        const auto& tensor = *std::get<const PickledTensor*>(v);
        EXPECT_EQ(tensor.storage->key, "7");
        EXPECT_EQ(tensor.storage->n_stored, 3);
        EXPECT_EQ(tensor.shape().size(), 1u);
        EXPECT_EQ(tensor.shape()[0], 3);
    });
}

TEST(Pickle, ObjectsOfScriptClassesHaveAState) {
    with_root(pickle(class_name("__torch__.deepmd", "Model") + ")\x81}" + pickled_text("x") + "K\x05sb"),
              [](const Pickled& v) {
                  const auto& object = *std::get<PickledObject*>(v);
                  EXPECT_EQ(object.name, "__torch__.deepmd.Model");
                  EXPECT_EQ(std::get<std::int64_t>(*std::get<PickledMapping*>(object.state)->find("x")), 5);
              });
}

TEST(Pickle, PlantedCallsAreRefusedByName) {
    for (const auto& [module, name] : {std::pair<std::string, std::string>{"os", "system"},
                                       {"builtins", "eval"},
                                       {"torch.serialization", "load"},
                                       {"torch", "_utils.os.system"}}) {
        const std::string whole = "p, offset 2: refused '" + module + "." + name + "'";
        expect_input_error([&] { read(pickle(class_name(module, name) + "(" + pickled_text("true") + "tR")); },
                           {whole});
        expect_input_error([&] { read(pickle(pickled_text(module) + pickled_text(name) + "\x93")); }, {"refused '"});
    }
    // its name is allowed, as a class of TorchScript; a call of it is not
    const std::string call = class_name("__torch__.os", "system") + "(" + pickled_text("true") + "tR";
    expect_input_error([&] { read(pickle(call)); }, {"a call of __torch__.os.system with 1 arguments"});
    expect_input_error([&] { read(pickle("}(]Nu")); }, {"a list as key of a dictionary"});
    expect_input_error([&] { read(pickle("})\x81")); }, {"not a TorchScript class"});
}

TEST(Pickle, WhatIsNotDataIsRefusedWithItsOffset) {
    const std::pair<std::string, std::string> cases[] = {
        {protocol + "h\x05.", "p, offset 2: memo entry 5 is not set"},
        {protocol + "(NNl.", "offset 5: the pickle instruction LIST is not one that PyTorch writes"},
        {protocol + "\x82\x01.", "EXT1"},
        {protocol + "U\x03os.", "SHORT_BINSTRING"},
        {protocol + "\x01.", "no instruction has the number 1"},
        {protocol + "X\xff\xff\xff\x7f"
                    "ab.",
         "a damaged pickle: it ends early"},
        {pickle("X\x01") + std::string("\0\0\0\xff.", 5), ""},
        {protocol + repeated("(", 1000), "a damaged pickle"},
        {protocol + "N\x85", "a damaged pickle"},
        {protocol + "(.", "a mark where a value should be"},
        {protocol + "t.", "a mark is missing"},
        {protocol + "}(((u.", "items set on something that is not a dictionary"},
        {protocol + "}(NNNu.", "items set on something that is not a dictionary"},
        {protocol + "NNa.", "items appended to something that is not a list"},
        {protocol + "NNb.", "a state for a NoneType"},
        {protocol + "N)R.", "a call of something that is not a known name"},
        {protocol + "NQ.", "a persistent id that is not a storage: None"},
        {"", "a damaged pickle"},
    };
    for (const auto& [content, message] : cases) expect_input_error([&, &c = content] { read(c); }, {message});
}

TEST(Pickle, AMemoEntryFarAwayCostsNothing) { read(pickle("Nr\xff\xff\xff\xff")); }

TEST(Pickle, ValuesNestNoDeeperThanAnyModel) {
    expect_input_error([&] { read(pickle("N" + repeated("\x85", 200'000))); }, {"p: values are nested deeper than 64"});
    expect_input_error([&] { read(pickle("}N" + repeated("\x85", 200'000) + "Ns")); }, {"a tuple as key"});
    read(pickle("N" + repeated("\x85", 60)));
}

TEST(Pickle, SharedValuesExpandNoFurtherThanTheFile) {
    read(pickle(doubling(12)));
    expect_input_error([&] { read(pickle(doubling(60))); }, {"p: shared values expand it beyond"});
    expect_input_error(
        [&] {
            read(pickle("](" + pickled_text(std::string(900'000, 'x')) + "q\xc8" + repeated("h\xc8", 100'000) + "e"));
        },
        {"shared values expand it beyond"});
}

TEST(Pickle, AValueThatHoldsItselfIsRefused) {
    expect_input_error(
        [&] {
            read(
                pickle("]q\xc8h\xc8"
                       "a"));
        },
        {"p: a value holds itself"});
    expect_input_error([&] { read(pickle("}q\xc8" + pickled_text("x") + "h\xc8s")); }, {"a value holds itself"});
}

TEST(Pickle, ItsMemoryGrowsWithTheFileAlone) {
    const std::string name = pickled_text("x" + std::string(980, 'y')) + "q\x01" + pickled_text("__torch__") + "q\x02";
    expect_input_error([&] { read(pickle("](" + name + repeated("h\x02h\x01\x93", 200'000) + "e")); },
                       {"declares", "bytes, far more than a file of this size should hold"});
    expect_input_error(
        [&] {
            read(pickle("](" + pickled_text(std::string(500'000, 'x')) + "q\x01" + pickled_text("__torch__") +
                        "h\x01\x93"
                        "e"));
        },
        {"a name of more than 1000 characters"});
}

TEST(Pickle, KeysThatCouldHaveOneHashAreRefused) {
    expect_input_error([&] { read(pickle(std::string("}\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x0fNs", 13))); },
                       {"a large integer as key"});
}

}  // namespace dpmd::importers
