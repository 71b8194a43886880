#pragma once
// Type embeddings: a net turns each type into numbers. Its values are all that a model needs of it.
#include <string>
#include <vector>

#include "importers/tensor.hpp"
#include "models/nets/network.hpp"

namespace dpmd::importers {

/// The values of a net for all types [n_types + 1][width]; the last row is that of an empty slot, zeros. The net takes
/// a type as a one in a row of zeros.
Tensor embedding_of_types(const Network& network, int n_types, const std::string& place);

/// The same of a net that takes the electron configurations of the types' elements.
Tensor embedding_of_elements(const Network& network, const std::vector<std::string>& type_map,
                             const std::string& place);

}  // namespace dpmd::importers
