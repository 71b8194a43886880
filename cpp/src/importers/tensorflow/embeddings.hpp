#pragma once
// The embedding nets of a frozen TensorFlow graph, by centre and neighbour type.
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/tensorflow/graph_environment.hpp"
#include "importers/tensorflow/scope.hpp"
#include "models/local/embedding_nets.hpp"

namespace dpmd::importers {

/// The operations that look a descriptor's compression tables up.
struct TableOps {
    std::initializer_list<std::string_view> names;
    std::size_t rows_input;  ///< the place of the environment rows among their inputs
};

class Embeddings {
public:
    Embeddings(const DescriptorScope& scope, const TableOps& table_ops, const RowKind& rows);

    bool is_one_side() const { return is_one_side_; }
    /// Pairs whose whole section the graph leaves out.
    TypePairs excluded_types() const;
    EmbeddingNets nets(const TypePairs& excluded);
    /// Of the nets that have been read.
    const std::string& precision() const { return precision_; }

private:
    void find_tables(const TableOps& table_ops);
    /// The neighbour type of a table: the section of the rows that it is applied to.
    int section_of(const Node& node, std::size_t rows_input) const;
    bool has(int center, int neighbor) const;
    /// Pairs that have slots but no net.
    std::vector<std::pair<int, int>> missing() const;
    /// Whether the rows are multiplied by something on their way into the nets.
    bool is_masked() const;
    std::optional<Network> network(const std::string& owner, int neighbor);

    const DescriptorScope& scope_;
    const Graph& graph_;
    int n_components_, n_types_;
    bool is_one_side_ = false;
    std::string precision_ = "float64";
    std::map<std::pair<std::string, int>, const Node*> tables_;  ///< by owner and neighbour type
};

/// "[(0, 1), (1, 1)]"
std::string shown_pairs(const std::vector<std::pair<int, int>>& pairs);

}  // namespace dpmd::importers
