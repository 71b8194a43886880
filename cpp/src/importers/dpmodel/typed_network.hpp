#pragma once
// What descriptors with a type embedding have in common in DeePMD-kit's model dictionary: one network for all types.
#include "importers/dpmodel/section.hpp"
#include "models/local/typed_network.hpp"

namespace dpmd::importers {

/// How types enter.
TypedNetwork::TypeInput read_type_input(const Section& descriptor);

/// The network of one neighbour, or of a pair of them. The tables of the latter have coarse steps at both ends, and a
/// compressed one has a table unless it says otherwise.
enum class Bodies { two, three };

/// The networks and the type embedding. type_input and type_one_side are set. The factors of types that a network was
/// compressed to are in the order of the file.
void read_typed_network(const Section& descriptor, int n_types, Bodies bodies, TypedNetwork& out);

}  // namespace dpmd::importers
