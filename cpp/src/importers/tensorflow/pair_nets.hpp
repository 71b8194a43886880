#pragma once
// The nets of a three-body descriptor in a frozen TensorFlow graph, by unordered pairs of neighbour types.
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "importers/tensorflow/scope.hpp"
#include "models/local/pair_nets.hpp"

namespace dpmd::importers {

class GraphPairNets {
public:
    explicit GraphPairNets(const DescriptorScope& scope);

    /// The nets of all pairs of types that have slots, or the tables in place of them.
    PairNets nets();
    /// Throws InputError unless each sum over pairs is divided by the slots of both types.
    void check_factors() const;
    /// Of the nets that have been read.
    const std::string& precision() const { return precision_; }

private:
    using Types = std::pair<int, int>;

    std::optional<Network> network(int a, int b);
    void check_factor(const Node& node, const Node& product) const;
    /// The constant of a product; nothing where it is none.
    std::optional<double> factor_of(const Node& product) const;
    /// The types whose rows an operation multiplies with each other.
    Types types_of(const Node& angles) const;
    /// The neighbour type whose section of the rows this is.
    int type_of(const Node& rows) const;

    const DescriptorScope& scope_;
    const Graph& graph_;
    std::string place_;  ///< the scope of all nets
    std::string precision_ = "float64";
    std::map<Types, const Node*> tables_;
};

}  // namespace dpmd::importers
