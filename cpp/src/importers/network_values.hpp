#pragma once
// The values of small networks, for what an importer folds into constants.
#include "importers/tensor.hpp"
#include "models/nets/network.hpp"

namespace dpmd::importers {

/// The outputs [n][n_out] of a network of layers for inputs [n][n_in].
Tensor network_values(const Network& network, Tensor x);

}  // namespace dpmd::importers
