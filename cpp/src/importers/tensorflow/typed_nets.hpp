#pragma once
// The nets of distances and of types in a frozen TensorFlow graph with a type embedding.
#include <optional>
#include <string>
#include <vector>

#include "importers/tensorflow/scope.hpp"
#include "models/nets/network.hpp"

namespace dpmd::importers {

/// The factors of types that do not enter the net of distances: a net, or the values that it was compressed to.
struct TypeFactors {
    bool is_one_side = false;
    std::optional<Network> network;
    std::vector<double> values;  ///< [1 or n_types + 1][n_types + 1][n_channels]
};

struct NetworkAndPrecision {
    Network network;
    std::string precision;
};

/// The net that all types share, or the table in place of it.
NetworkAndPrecision read_main_network(const DescriptorScope& scope);

/// The factors of types, each of which has `width` numbers; nothing where types enter the net of distances.
std::optional<TypeFactors> read_type_factors(const DescriptorScope& scope, int width, int n_channels);

}  // namespace dpmd::importers
