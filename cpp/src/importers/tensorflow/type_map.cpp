#include "importers/tensorflow/type_map.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr const char* type_map_name = "model_attr/tmap";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

std::vector<std::string> scripted_names(const Graph& graph, const Value& scripted, int n_types) {
    std::vector<std::string> out;
    for (const Value& name : scripted.entries()) {
        if (name.as<std::string>() == nullptr)
            throw InputError(
                concat(graph.at(type_map_name), ": type map ", shown(scripted), " does not name ", n_types, " types"));
        out.push_back(name.text());
    }
    return out;
}

}  // namespace

std::vector<std::string> type_map_of(const Graph& graph) {
    const std::string text = graph.text(type_map_name).value_or("");
    std::vector<std::string> out;
    for (auto begin = text.begin(), end = begin; begin != text.end(); begin = end) {
        begin = std::find_if_not(begin, text.end(), is_space);
        end = std::find_if(begin, text.end(), is_space);
        if (begin != end) out.emplace_back(begin, end);
    }
    return out;
}

std::vector<std::string> read_type_map(const Graph& graph, const Value& model, int n_types) {
    std::vector<std::string> names = type_map_of(graph);
    const Value& scripted = model.get("type_map");
    if (names.empty() && scripted.entries().size() == std::size_t(n_types))
        names = scripted_names(graph, scripted, n_types);
    return type_names(names, n_types, graph.at(type_map_name));
}

}  // namespace dpmd::importers
