#pragma once
// The part of a .dpmd file that holds the embedding nets of a descriptor.
#include "models/document.hpp"
#include "models/local/embedding_nets.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// InputError when there is none, or when they do not have the same width.
EmbeddingNets read_embedding_nets(const Entry& entry, int n_types);
void write(const NewEntry& entry, const EmbeddingNets& embedding);

}  // namespace dpmd
