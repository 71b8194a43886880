#pragma once
// The networks by types of a two-body descriptor, from DeePMD-kit's model dictionary.
#include "importers/dpmodel/section.hpp"
#include "models/local/embedding_nets.hpp"
#include "models/local/environment.hpp"

namespace dpmd::importers {

/// The networks, or the tables in place of them.
EmbeddingNets read_embedding_nets(const Section& descriptor, const Environment& environment);

}  // namespace dpmd::importers
