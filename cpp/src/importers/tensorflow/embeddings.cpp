#include "importers/tensorflow/embeddings.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/tensorflow/graph_kind.hpp"
#include "importers/tensorflow/layers.hpp"

namespace dpmd::importers {
namespace {

constexpr int max_hops = 8;
constexpr std::size_t most_shown = 6;

/// The owners of first layers: centre types, or "all".
std::set<std::string> owners_of_matrices(const DescriptorScope& scope) {
    std::set<std::string> out;
    for (const Node* node : scope.graph.constants([&](std::string_view name) {
             NameReader reader(name);
             return scope.owner_of(reader) && reader.text("matrix_1") && reader.underscore_number() && reader.at_end();
         })) {
        NameReader reader(node->name);
        out.emplace(*scope.owner_of(reader));
    }
    return out;
}

bool is_dropped(const TypePairs& excluded, int a, int b) {
    return std::binary_search(excluded.begin(), excluded.end(), std::pair(std::min(a, b), std::max(a, b)));
}

}  // namespace

std::string shown_pairs(const std::vector<std::pair<int, int>>& pairs) {
    std::string out = "[";
    for (std::size_t k = 0; k < pairs.size() && k < most_shown; ++k)
        out += concat(k > 0 ? ", " : "", "(", pairs[k].first, ", ", pairs[k].second, ")");
    return out + (pairs.size() > most_shown ? concat(", … (", pairs.size(), " in all)]") : "]");
}

Embeddings::Embeddings(const DescriptorScope& scope, const TableOps& table_ops, const RowKind& rows)
    : scope_(scope),
      graph_(scope.graph),
      n_components_(rows.n_components),
      n_types_(static_cast<int>(scope.sel.size())) {
    find_tables(table_ops);
    std::set<std::string> owners = owners_of_matrices(scope);
    for (const auto& [key, node] : tables_) owners.insert(key.first);
    if (owners.empty()) throw InputError(concat(graph_.place(), ": no embedding matrices and no compression tables"));
    is_one_side_ = owners.contains("all");
    if (is_one_side_ && owners.size() > 1)
        throw InputError(concat(graph_.place(), ": embedding nets both shared and by centre"));
}

void Embeddings::find_tables(const TableOps& table_ops) {
    for (const std::string_view op : table_ops.names)
        for (const Node* node : scope_.ops(op)) {
            NameReader reader(node->name);
            const std::pair key(std::string(*scope_.owner_of(reader)), section_of(*node, table_ops.rows_input));
            if (!tables_.emplace(key, node).second)
                throw InputError(
                    concat(graph_.at(*node), ": a second table for ('", key.first, "', ", key.second, ")"));
        }
}

int Embeddings::section_of(const Node& node, std::size_t rows_input) const {
    const Node* rows = &graph_.input(node, rows_input);
    for (int hop = 0; hop < max_hops; ++hop) {
        if (rows->op == "Slice") {
            const Tensor begin = graph_.constant(graph_.input(*rows, 1)),
                         size = graph_.constant(graph_.input(*rows, 2));
            double start = 0;
            for (int j = 0; j < n_types_ && begin.size() > 0 && size.size() > 0; ++j) {
                const double count = scope_.sel[std::size_t(j)];
                if (begin.values.back() == n_components_ * start && size.values.back() == n_components_ * count)
                    return j;
                start += count;
            }
            break;
        }
        if (rows->n_inputs == 0) break;
        rows = &graph_.input(*rows, 0);
    }
    throw InputError(concat(graph_.at(node), ": cannot tell which neighbours it is for"));
}

bool Embeddings::has(int center, int neighbor) const {
    const std::string owner = is_one_side_ ? "all" : std::to_string(center);
    return tables_.contains({owner, neighbor}) || graph_.has(concat(scope_.filter(owner), "/matrix_1_", neighbor));
}

std::vector<std::pair<int, int>> Embeddings::missing() const {
    std::vector<std::pair<int, int>> out;
    for (int i = 0; i < n_types_; ++i)
        for (int j = 0; j < n_types_; ++j)
            if (scope_.sel[std::size_t(j)] > 0 && !has(i, j)) out.emplace_back(i, j);
    return out;
}

bool Embeddings::is_masked() const {
    for (const Node* node : scope_.ops("Slice"))
        for (int hop = 0; hop < max_hops; ++hop) {
            if (node->n_inputs == 0 || is_descriptor_op(*node)) break;
            node = &graph_.input(*node, 0);
            if (node->op == "Mul") return true;
        }
    return false;
}

TypePairs Embeddings::excluded_types() const {
    if (scope_.section != nullptr) return scripted_exclusions(scope_);
    if (is_one_side_) {
        if (is_masked()) throw refusal(graph_.place(), "a mask of excluded types without a training script");
        return {};
    }
    std::set<std::pair<int, int>> found;
    for (const auto& [i, j] : missing()) found.emplace(std::min(i, j), std::max(i, j));
    std::vector<std::pair<int, int>> lopsided;
    for (const auto& [i, j] : found)
        if (has(i, j) || has(j, i)) lopsided.emplace_back(i, j);
    if (!lopsided.empty())
        throw InputError(
            concat(graph_.place(), ": no embedding net for one order of the types ", shown_pairs(lopsided)));
    return {found.begin(), found.end()};
}

EmbeddingNets Embeddings::nets(const TypePairs& excluded) {
    EmbeddingNets out;
    out.type_one_side = is_one_side_;
    if (is_one_side_) {
        auto& row = out.nets.emplace_back();
        for (int j = 0; j < n_types_; ++j) row.push_back(network("all", j));
        return out;
    }
    std::vector<std::pair<int, int>> lost = missing();
    std::erase_if(lost, [&](const auto& pair) { return is_dropped(excluded, pair.first, pair.second); });
    if (!lost.empty())
        throw InputError(concat(graph_.place(), ": no embedding net for the type pairs ", shown_pairs(lost)));
    for (int i = 0; i < n_types_; ++i) {
        auto& row = out.nets.emplace_back();
        for (int j = 0; j < n_types_; ++j)
            row.push_back(is_dropped(excluded, i, j) ? std::nullopt : network(std::to_string(i), j));
    }
    return out;
}

std::optional<Network> Embeddings::network(const std::string& owner, int neighbor) {
    Network out;
    if (const auto table = tables_.find({owner, neighbor}); table != tables_.end()) {
        out.table = read_table(graph_, *table->second);
        precision_ = precision_of_table(graph_, *table->second);
        return out;
    }
    LayersAndPrecision found =
        read_layers(graph_, scope_.filter(owner), concat("_", neighbor), scripted_activation(scope_.settings()));
    if (found.layers.empty()) {
        if (is_one_side_ && scope_.sel[std::size_t(neighbor)] > 0)
            throw InputError(concat(graph_.place(), ": no embedding net for neighbour type ", neighbor));
        return std::nullopt;
    }
    precision_ = found.precision;
    out.layers = std::move(found.layers);
    return out;
}

}  // namespace dpmd::importers
