// DeePMD-kit's model dictionary: every kind is read, and what is wrong is named with its place.
#include <gtest/gtest.h>

#include <string>

#include "importers/common.hpp"
#include "importers/dpmodel/array.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "importers/json_text.hpp"
#include "importers/torch/exported_program.hpp"
#include "models/file.hpp"
#include "support/expect_error.hpp"
#include "support/model_documents.hpp"
#include "support/zip_files.hpp"

namespace dpmd::importers {
namespace {

using namespace testing;

ImportedModel read(const std::string& text) {
    Budget budget(text.size());
    const Value document = json_document(text, "m.pt2");
    return read_document(Section(document, "m.pt2", budget), {"exported-program", "m.pt2", "", ""});
}

std::string changed(std::string text, const std::string& old_text, const std::string& new_text) {
    const std::size_t at = text.find(old_text);
    if (at == std::string::npos) throw std::logic_error(concat("no '", old_text, "' in ", text));
    return text.replace(at, old_text.size(), new_text);
}

/// The model of se_e2_a with one text replaced.
std::string se_a_with(const std::string& old_text, const std::string& new_text) {
    return changed(json_document_of(json_model(json_se_a(), 12)), old_text, new_text);
}

std::vector<double> numbers(const std::string& text) {
    Budget budget(text.size());
    return as_array(json_document(text, "array"), "array", budget)->values;
}

}  // namespace

TEST(Dictionary, EveryKindOfModelIsReadAndMakesAFile) {
    for (const std::string& document : model_documents()) {
        const ImportedModel model = read(document);
        const ModelData again = read_model(model_file(model.data, model.source, model.training_script), "again.dpmd");
        EXPECT_EQ(again.type_map, (std::vector<std::string>{"O", "H"}));
        EXPECT_EQ(again.min_neighbor_distance, 0.9);
        EXPECT_NE(again.metadata.find("\"version\": \"3.2.0\""), std::string::npos);
        EXPECT_NE(
            again.metadata.find("{\"type_map\": [\"O\", \"H\"], \"seed\": 18446744073709551616, \"rate\": 1e-05}"),
            std::string::npos);
    }
}

TEST(Dictionary, PartsOfOneListKeepTheNearestOfEachType) {
    const ImportedModel model = read(model_documents()[6]);
    const std::vector<Descriptor>& parts = model.data.local().terms.front().descriptors;
    ASSERT_EQ(parts.size(), 2u);
    for (const Descriptor& part : parts) EXPECT_EQ(environment_of(part).slot_order, SlotOrder::all_types);
}

TEST(Dictionary, TheOutputBiasOfASumGoesToOneTermAndThatOfABridgeToBoth) {
    for (const std::size_t kind : {8u, 9u}) {
        const std::string bias =
            changed(model_documents()[kind], R"("models")", R"("@variables": {"out_bias": [100, 200]}, "models")");
        const LocalModel model = read(bias).data.local();
        EXPECT_GT(model.terms.front().fitting.energy_shift[1], 100);
        EXPECT_EQ(model.pair_terms.front().energy_shift[1] > 100, kind == 9u);
    }
}

TEST(Dictionary, TheSpreadOfEnergiesIsNoted) {
    const ImportedModel model = read(model_documents().front());
    ASSERT_EQ(model.notes.size(), 1u);
    EXPECT_NE(model.notes.front().find("out_std, does not scale energies"), std::string::npos);
}

TEST(Dictionary, WhatIsMissingOrOfAnotherKindIsNamedWithItsPlace) {
    expect_input_error([] { read(se_a_with(R"("rcut": 4.5, )", "")); }, {"m.pt2.model.descriptor.rcut is missing"});
    expect_input_error([] { read(se_a_with("4.5", "[1]")); }, {"descriptor.rcut: expected a number, found list"});
    expect_input_error([] { read(se_a_with("4.5", "\"1e999\"")); }, {"descriptor.rcut: inf is not a finite number"});
    expect_input_error([] { read(se_a_with("[3, 4]", "[3, 4.0]")); }, {"sel[1]: expected an integer, found 4.0"});
    expect_input_error([] { read(se_a_with("[3, 4]", "[0, 0]")); }, {"sel: [0, 0] are not the slots of 1 to 512"});
    expect_input_error([] { read(se_a_with("[[0, 1]]", "[[0, 2]]")); }, {"[0, 2] names a type outside 0..1"});
    expect_input_error([] { read(se_a_with("\"bias\": true", "\"bias\": 1")); },
                       {"networks[0].layers[0].bias: expected true or false, found 1"});
    expect_input_error([] { read(se_a_with("\"tanh\"", "\"swish\"")); }, {"the activation 'swish' is not supported"});
    expect_input_error([] { read(se_a_with("\"@version\": 2", "\"@version\": 9")); },
                       {"version 9 of Model (known: 1 to 2) is not supported"});
    expect_input_error([] { read(se_a_with("\"model\":", "\"weights\":")); }, {"m.pt2: no 'model' section"});
}

TEST(Dictionary, APairTableHasSlotsForEachType) {
    expect_input_error([] { read(changed(model_documents()[7], "\"sel\": [9]", "\"sel\": [9, 9, 9]")); },
                       {"m.pt2.model.sel has 3 entries for 2 types"});
}

TEST(Dictionary, ScalarsMayBeTaggedArrays) {
    const std::string axis = "\"axis_neuron\": {\"@class\": \"np.ndarray\", \"value\": 2}";
    EXPECT_EQ(read(se_a_with("\"axis_neuron\": 2", axis)).data.local().terms.size(), 1u);
}

TEST(Array, EveryNotationIsRead) {
    const std::vector<double> expected{1, 2.5, 1e-5, 0};
    EXPECT_EQ(numbers("[[1, 2.5], [\"1e-05\", false]]"), expected);
    EXPECT_EQ(numbers("{\"@class\": \"np.ndarray\", \"value\": [[1, 2.5], [1e-05, 0]]}"), expected);
    EXPECT_EQ(numbers("{\"dtype\": \"float32\", \"value\": [[1, 2.5], [\"1e-5\", false]]}"), expected);
    EXPECT_EQ(numbers("3"), std::vector<double>{3});
    EXPECT_TRUE(numbers("[]").empty());
}

TEST(Array, ListsThatAreNoArrayAreRefused) {
    for (const char* text : {"[[1], [1, 2]]", "[1, [2]]", "[[1], 2]", "[[[1]], [2]]"})
        expect_input_error([&] { numbers(text); }, {"array: not an array of numbers"});
    expect_input_error([] { numbers("[\"x\"]"); }, {"could not convert string to float: 'x'"});
    expect_input_error([] { numbers("[{}]"); }, {"must be a string or a real number, not 'dict'"});
    expect_input_error([] { numbers("{\"dtype\": \"complex64\", \"value\": []}"); },
                       {"array: an array of type 'complex64' cannot be read"});
    expect_input_error([] { numbers("\"3\""); }, {"expected an array, found the text '3'"});
}

TEST(JsonDocument, IsReadAsPythonReadsIt) {
    const auto again = [](const std::string& text) { return json_text(json_document(text, "m")); };
    const std::string text = R"({"a": [1, -2.5, 1e-05, 1e+22, 12345678901234567890], "ä\n": null, "": true})";
    EXPECT_EQ(again(text), text);
    EXPECT_EQ(again("[1e999, NaN, -Infinity]"), R"(["1e999", "NaN", "-Infinity"])");
    EXPECT_EQ(again("[1e-999]"), "[0.0]");
    expect_input_error([&] { again("[1, 2"); }, {"m: not readable as JSON at byte 5"});
    expect_input_error([&] { again(R"({"a": 1, "a": 2})"); }, {"a key appears twice"});
    expect_input_error([&] { again(std::string(70, '[')); }, {"values are nested deeper than 64"});
}

TEST(ExportedProgram, TheOutermostModelIsReadWithTheSettingsBesideIt) {
    const std::string text = model_documents().front(), settings = R"({"type_map": ["O", "H"], "numb_steps": 7})";
    const std::string without = changed(text, R"("model_def_script")", R"("something_else")");
    const std::string file = zip_file({{.name = "m/data/inner/extra/model.json", .content = "{}"},
                                       {.name = "m/extra/model.json", .content = without},
                                       {.name = "m/extra/model_def_script.json", .content = settings}});
    const ImportedModel model = read_exported_program(raw_bytes(file), "m.pt2", {"exported-program", "", "", ""});
    EXPECT_EQ(model.training_script, settings);
    EXPECT_EQ(model.data.type_map.size(), 2u);
}

TEST(ExportedProgram, OneForAnotherFunctionIsRefused) {
    const std::string file = zip_file({{.name = "extra/model.json", .content = model_documents().front()},
                                       {.name = "extra/metadata.json", .content = R"({"lower_input_kind": "graph"})"}});
    expect_input_error([&] { read_exported_program(raw_bytes(file), "m.pt2", {}); },
                       {"a program that takes 'graph' (lower_input_kind) for se_e2_a is not supported"});
}

}  // namespace dpmd::importers
