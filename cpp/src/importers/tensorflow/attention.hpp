#pragma once
// The layers of attention in a frozen TensorFlow graph.
#include <vector>

#include "importers/tensorflow/scope.hpp"
#include "models/local/se_atten.hpp"

namespace dpmd::importers {

/// The layers in order, of `n_channels` channels. TensorFlow does not scale products of queries and keys.
std::vector<AttentionLayer> read_attention(const DescriptorScope& scope, int n_channels);

}  // namespace dpmd::importers
