// Frozen TensorFlow graphs: constants of all types, edges, and what a graph may cost.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "dpmd/errors.hpp"
#include "importers/convert.hpp"
#include "importers/tensorflow/graph.hpp"
#include "importers/tensorflow/read_graph.hpp"
#include "io/regular_file.hpp"
#include "models/file.hpp"
#include "support/expect_error.hpp"
#include "support/graph_files.hpp"

namespace dpmd::importers {
namespace {

using namespace testing;

std::vector<double> values_of(const std::string& of_tensor) {
    const std::string content = constant("c", of_tensor);
    return Graph(content, "m.pb").array("c").values;
}

void expect_refused(const std::string& of_tensor, const std::string& words) {
    expect_input_error([&] { values_of(of_tensor); }, {words});
}

std::vector<std::string> names_of(const std::vector<const Node*>& nodes) {
    std::vector<std::string> out;
    for (const Node* node : nodes) out.emplace_back(node->name);
    return out;
}

using Values = std::vector<double>;

}  // namespace

TEST(Graph, ConstantsOfEveryTypeAreRead) {
    EXPECT_EQ(values_of(tensor(1, {2}, bytes_field(4, raw_float(0.5f) + raw_float(-2)))), (Values{0.5, -2}));
    EXPECT_EQ(values_of(tensor(2, {1, 1}, bytes_field(4, raw_double(1e-300)))), Values{1e-300});
    EXPECT_EQ(values_of(tensor(3, {2}, number_field(7, 5) + number_field(7, ~std::uint64_t(2)))), (Values{5, -3}));
    EXPECT_EQ(values_of(tensor(9, {}, number_field(10, 1ull << 40))), Values{std::ldexp(1, 40)});
    EXPECT_EQ(values_of(tensor(10, {3}, bytes_field(11, std::string("\1\0\1", 3)))), (Values{1, 0, 1}));
    EXPECT_EQ(values_of(tensor(14, {}, number_field(13, 0xc040))), Values{-3});  // bfloat16
    EXPECT_EQ(values_of(tensor(19, {4}, bytes_field(13, varint(0x3c00) + varint(0xc100) + varint(1) + varint(0x7c00)))),
              (Values{1, -2.5, std::ldexp(1, -24), std::numeric_limits<double>::infinity()}));
    expect_refused(tensor(23, {}, ""), "m.pb: node c: constants of TensorFlow dtype 23 are not read");
}

TEST(Graph, TheLastOfSingleValuesRepeats) {
    EXPECT_EQ(values_of(tensor(1, {4}, float_field(5, 1) + float_field(5, 2))), (Values{1, 2, 2, 2}));
    EXPECT_EQ(values_of(tensor(1, {2}, "")), (Values{0, 0}));
    expect_refused(tensor(1, {1}, float_field(5, 1) + float_field(5, 2)), "has room for 1 values, holds 2");
    expect_refused(tensor(19, {1}, number_field(13, 70000)), "70000 is not a number of 16 bits");
}

TEST(Graph, ShapesThatCannotBeAreRefused) {
    expect_refused(tensor(1, {3}, bytes_field(4, raw_float(1))), "m.pb: node c has shape [3] but 4 bytes of <f4");
    expect_refused(tensor(1, {-1}, ""), "has the impossible shape [-1]");
    expect_refused(tensor(1, {1 << 30, 1 << 30, 1 << 30}, ""), "far more than a file of this size should hold");
    expect_refused(tensor(1, std::vector<std::int64_t>(9, 1), ""), "has 9 dimensions, more than 8");
}

TEST(Graph, OfNodesWithOneNameTheLastCounts) {
    const std::string content = constant("c", tensor(1, {}, float_field(5, 1))) + constant("other", tensor(1, {}, "")) +
                                constant("c", tensor(1, {}, float_field(5, 2)));
    const Graph graph(content, "m.pb");
    EXPECT_EQ(graph.number("c"), 2);
    ASSERT_EQ(graph.nodes().size(), 2u);
    EXPECT_EQ(graph.nodes()[0].name, "c");
}

TEST(Graph, InputsAndReadersAreSeenThroughIdentity) {
    const std::string content = constant("w", tensor(1, {}, "")) + node("read", "Identity", {"w"}) +
                                node("again", "Identity", {"read:0"}) + node("a", "MatMul", {"x", "again"}) +
                                node("b", "Add", {"w", "w", "^a"}) + node("gradients/g", "Mul", {"w"});
    const Graph graph(content, "m.pb");
    EXPECT_EQ(graph.input(graph.node("a"), 1).name, "w");
    EXPECT_EQ(names_of(graph.consumers(graph.node("w"))), (std::vector<std::string>{"b", "a"}));
    EXPECT_FALSE(graph.has("gradients/g"));
    expect_input_error([&] { graph.input(graph.node("a"), 0); }, {"m.pb: node a: its input 'x' is not in the graph"});
    expect_input_error([&] { graph.input(graph.node("a"), 2); }, {"m.pb: node a has 2 inputs, needs 3"});
}

TEST(Graph, ACircleOfIdentitiesHasNoEnd) {
    const std::string content =
        node("a", "Identity", {"b"}) + node("b", "Identity", {"a"}) + node("reader", "Add", {"a"});
    const Graph graph(content, "m.pb");
    expect_input_error([&] { graph.input(graph.node("reader"), 0); }, {"its input 0 has no end"});
    EXPECT_EQ(names_of(graph.consumers(graph.node("a"))), std::vector<std::string>{"reader"});
}

TEST(Graph, AttributesAreRead) {
    const std::string list = bytes_field(1, bytes_field(3, varint(46) + varint(92)));
    const std::string content = node("op", "ProdEnvMatA", {},
                                     attribute("sel_a", list) + attribute("rcut_r", float_field(4, 6)) +
                                         attribute("last_layer_size", number_field(3, 100)));
    const Graph graph(content, "m.pb");
    const Node& op = graph.node("op");
    EXPECT_EQ(graph.attribute_integers(op, "sel_a"), (std::vector<std::int64_t>{46, 92}));
    EXPECT_EQ(graph.attribute_number(op, "rcut_r"), 6);
    EXPECT_EQ(graph.attribute_integer(op, "last_layer_size"), 100);
    expect_input_error([&] { graph.attribute_number(op, "rcut"); },
                       {"m.pb: node op (ProdEnvMatA) has no attribute 'rcut'"});
}

TEST(Graph, DamageIsSeenWhenItIsOpened) {
    const std::string content = constant("c", tensor(1, {}, bytes_field(5, "abc")));
    expect_input_error([&] { Graph(content, "m.pb"); },
                       {"m.pb: not a readable TensorFlow graph, truncated or corrupt"});
    expect_input_error([&] { Graph(content.substr(0, content.size() - 1), "m.pb"); }, {"truncated or corrupt"});
    expect_input_error([&] { Graph(node("\xff", "Const"), "m.pb"); }, {"a name is not UTF-8"});
}

TEST(Graph, AGraphThatIsReadAgainAndAgainIsRefused) {
    std::string content = constant("w", tensor(1, {}, ""));
    for (int k = 0; k < 2000; ++k) content += node("r" + std::to_string(k), "Add", {"w"});
    const Graph graph(content, "m.pb");
    const auto read_many_times = [&] {
        for (int k = 0; k < 1000; ++k) graph.consumers(graph.node("w"));
    };
    expect_input_error([&] { read_many_times(); }, {"takes far more steps to read than a file of this size should"});
}

TEST(Graph, EveryGraphOfTheTestDataIsAModel) {
    int n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(DPMD_TREE "/tests/data/oracle")) {
        if (entry.path().extension() != ".pb") continue;
        const std::string path = entry.path().string();
        const std::vector<std::byte> content = read_regular_file(path);
        ConvertedFile file = finish(read_graph(content, path, source_of(content, path, "tensorflow-graph")), {}, path);
        EXPECT_NO_THROW(read_model(std::move(file.content), path)) << path;
        ++n;
    }
    EXPECT_GT(n, 40);
}

}  // namespace dpmd::importers
