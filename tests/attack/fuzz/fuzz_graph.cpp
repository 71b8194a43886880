// Frozen TensorFlow graphs of any kind give an InputError, or the bytes of a model file.
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "container_mutation.hpp"
#include "dpmd/errors.hpp"
#include "importers/convert.hpp"
#include "importers/tensorflow/read_graph.hpp"
#include "importers/tensorflow/wire.hpp"

namespace {

using namespace dpmd;

/// The nodes of a graph, each with its tag and length; without gradients, which are not read.
std::vector<std::string> nodes_of(const std::string& graph) {
    std::vector<std::string> out;
    importers::WireReader fields(graph);
    const char* begin = graph.data();
    try {
        for (importers::Field field; fields.next(field);) {
            const char* end = field.bytes.data() + field.bytes.size();
            if (field.type != importers::WireType::bytes) continue;
            if (field.bytes.substr(0, 64).find("gradients/") == std::string_view::npos) out.emplace_back(begin, end);
            begin = end;
        }
    } catch (const importers::WireError&) {
    }
    return out;
}

/// Small graphs of several kinds; none where the tests' data is not there.
const std::vector<std::string>& seeds() {
    static const std::vector<std::string> files = [] {
        std::vector<std::string> out;
        for (const char* name : {"single", "compressed", "radial_pairs", "three_body_types", "types_pairs", "srtab",
                                 "stripped_attention", "hybrid_pairs", "linear_mean", "gelu_tf"}) {
            std::ifstream file(std::string(DPMD_TREE "/tests/data/oracle/") + name + ".pb", std::ios::binary);
            const std::string content{std::istreambuf_iterator<char>(file), {}};
            std::string& seed = out.emplace_back();
            for (const std::string& node : nodes_of(content)) seed += node;
        }
        return out;
    }();
    return files;
}

/// Leaves out, repeats, exchanges or damages a node.
std::string with_other_nodes(const std::string& graph, fuzz::Random& random) {
    std::vector<std::string> nodes = nodes_of(graph);
    if (nodes.empty()) return graph;
    const auto any = [&] { return std::size_t(random.below(static_cast<int>(nodes.size()))); };
    for (int n = 1 + random.below(3); n > 0; --n) {
        std::string& node = nodes[any()];
        switch (random.below(5)) {
            case 0: node.clear(); break;
            case 1: node += nodes[any()]; break;
            case 2: std::swap(node, nodes[any()]); break;
            default:
                if (!node.empty())
                    node[std::size_t(random.below(static_cast<int>(node.size())))] =
                        static_cast<char>(random.below(256));
        }
    }
    std::string out;
    for (const std::string& node : nodes) out += node;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto content = std::as_bytes(std::span(data, size));
    try {
        importers::ImportedModel model = importers::read_graph(content, "fuzz", {});
        importers::finish(std::move(model), {}, "fuzz");
    } catch (const InputError&) {
        return 0;
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    fuzz::Random random(seed);
    if (size < 64 || random.below(16) == 0)
        return fuzz::put(seeds()[std::size_t(random.below(static_cast<int>(seeds().size())))], data, max_size);
    if (random.below(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
    return fuzz::put(with_other_nodes({reinterpret_cast<const char*>(data), size}, random), data, max_size);
}
