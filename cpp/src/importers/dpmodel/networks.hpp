#pragma once
// Networks of DeePMD-kit's model dictionary, in collections whose first key runs fastest: the network of centre i and
// neighbour j stands at i + n_types j.
#include <optional>
#include <string>
#include <vector>

#include "importers/dpmodel/section.hpp"
#include "models/nets/network.hpp"

namespace dpmd::importers {

struct ReadNetwork {
    Network network;
    std::string precision;  ///< of its numbers in the source
};

/// A network of layers.
ReadNetwork read_network(const Section& section);

/// The only network of a collection.
Network read_only_network(const Section& collection);

/// The compression table that `coefficients` and the six numbers `info` are; none where these are null or empty.
std::optional<Network> read_table(const Value& coefficients, const Value& info, const std::string& place,
                                  bool is_symmetric, Budget& budget);

/// The networks of a descriptor in the order of the file, or the tables in place of them. `n_keys` is the number of
/// types that a network depends on; symmetric tables have coarse steps at both ends.
std::vector<std::optional<Network>> read_networks(const Section& descriptor, int n_keys, int n_types,
                                                  bool has_symmetric_tables);

}  // namespace dpmd::importers
