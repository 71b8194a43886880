#include "importers/tensorflow/read_graph.hpp"

#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/json_text.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/graph.hpp"
#include "importers/tensorflow/graph_kind.hpp"
#include "importers/tensorflow/graph_terms.hpp"
#include "importers/tensorflow/type_map.hpp"

namespace dpmd::importers {
namespace {

constexpr const char* script_name = "train_attr/training_script";

/// What a section of the training script asks for and TensorFlow, which ignores it, has not put into the graph.
void add_notes(const Value& section, std::vector<std::string>& out) {
    for (const char* key : {"pair_exclude_types", "atom_exclude_types"})
        if (const Value& value = section.get(key); value.is_true())
            out.push_back(concat(key, " = ", shown(value),
                                 " of the training script has no effect, as in DeePMD-kit with TensorFlow"));
}

std::vector<std::string> notes_of(const Value& model) {
    std::vector<std::string> out;
    add_notes(model, out);
    for (const Value& member : model.get("models").entries()) add_notes(member, out);
    return out;
}

std::optional<double> min_neighbor_distance(const Graph& graph) {
    constexpr const char* name = "train_attr/min_nbor_dist";
    return graph.has(name) ? positive_or_none(graph.number(name)) : std::nullopt;
}

std::string version_of(const Graph& graph) {
    std::string out = graph.text("model_attr/model_version").value_or("");
    return out.empty() ? "0.0" : out;
}

}  // namespace

ImportedModel read_graph(std::span<const std::byte> content, const std::string& path, Source source) {
    const Graph graph({reinterpret_cast<const char*>(content.data()), content.size()}, path);
    const std::string text = graph.text(script_name).value_or("");
    const Value script = text.empty() ? Value() : json_document(text, graph.at(script_name));
    const Value& model = script.get("model");
    if (graph.nodes().empty()) throw InputError(concat(path, ": the graph has no nodes; the file is empty or corrupt"));
    refuse_other_kinds(graph_kind(graph, model), path);
    ImportedModel out;
    GraphTerms terms = read_terms(graph, model);
    out.data.type_map = read_type_map(graph, model, terms.n_types);
    out.data.precision = std::move(terms.precision);
    out.data.kind = std::move(terms.model);
    out.data.min_neighbor_distance = min_neighbor_distance(graph);
    out.source = std::move(source);
    out.source.version = version_of(graph);
    out.training_script = json_text(script);
    out.notes = notes_of(model);
    return out;
}

}  // namespace dpmd::importers
