#pragma once
// The descriptors of local models: what each makes of the neighbours of an atom. One struct and one file each; this is
// the list of them, and every place that treats them one by one visits this variant.
#include <variant>

#include "models/local/se_a.hpp"

namespace dpmd {

using Descriptor = std::variant<SeA>;

const Environment& environment_of(const Descriptor& descriptor);
const EmbeddingNets& embedding_of(const Descriptor& descriptor);
/// How many features the descriptor gives for an atom.
int n_features(const Descriptor& descriptor);

}  // namespace dpmd
