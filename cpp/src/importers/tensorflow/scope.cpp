#include "importers/tensorflow/scope.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/common.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t average_input = 5, scale_input = 6;  // of every operation that makes environment rows
constexpr std::string_view attributes_scope = "descrpt_attr";
constexpr const char* n_types_name = "descrpt_attr/ntypes";

}  // namespace

DescriptorScope::DescriptorScope(const Graph& in, const Node& of, std::vector<int> slots, const Value& script,
                                 const Value* settings)
    : graph(in),
      op(of),
      sel(std::move(slots)),
      model(script),
      section(settings),
      n_types(checked_types(in.integer(n_types_name, std::int64_t(sel.size())), in.at(n_types_name))),
      average(in.input(of, average_input)),
      scale(in.input(of, scale_input)),
      attributes(scope_of(average.name)),
      suffix(scope_suffix(in, of)),
      // in release 0.12, and since 1.0
      head(in.has_beginning("DS_layer_type_") ? "DS_layer_type_" : "filter_type_") {}

std::optional<std::string_view> DescriptorScope::owner_of(NameReader& name) const {
    return importers::owner_of(name, head, suffix);
}

std::vector<const Node*> DescriptorScope::constants(std::string_view piece) const {
    return graph.constants([&](std::string_view name) {
        NameReader reader(name);
        return owner_of(reader) && reader.text(piece) && reader.at_end();
    });
}

std::vector<const Node*> DescriptorScope::ops(std::string_view kind) const {
    return graph.matching(kind, [&](std::string_view name) {
        NameReader reader(name);
        return owner_of(reader) && reader.text(kind) && reader.ends_numbered();
    });
}

const Value& DescriptorScope::settings() const {
    static const Value none;
    return section != nullptr ? *section : none;
}

TypePairs scripted_exclusions(const DescriptorScope& scope) {
    static const Value none;
    const Value& excluded = scope.settings().get("exclude_types");
    return read_type_pairs(excluded.is_true() ? excluded : none, scope.n_types,
                           concat(scope.graph.place(), ": training script"));
}

std::string scope_suffix(const Graph& graph, const Node& op) {
    std::string_view scope = scope_of(graph.input(op, average_input).name);
    if (scope.starts_with(attributes_scope)) scope.remove_prefix(attributes_scope.size());
    return std::string(scope);
}

std::optional<std::string_view> owner_of(NameReader& name, std::string_view head, std::string_view suffix) {
    if (!name.text(head)) return std::nullopt;
    const std::string_view owner = name.text("all") ? "all" : name.digits();
    if (owner.empty() || !name.text(suffix) || !name.text("/")) return std::nullopt;
    return owner;
}

}  // namespace dpmd::importers
