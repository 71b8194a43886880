#pragma once
// Reads DeePMD-kit's frozen TensorFlow graphs (.pb), from version 0.12 to today, compressed or not. The graph is what
// DeePMD-kit runs, so it has the word: shapes, cutoffs, activations and residuals come from its nodes. The training
// script inside newer files fills in what a graph does not show (excluded type pairs, thresholds) and gives the names
// to use in refusals.
#include <cstddef>
#include <span>
#include <string>

#include "importers/imported.hpp"

namespace dpmd::importers {

/// `path` stands in messages; the version is added to `source`. Throws InputError for what is no such graph, or holds a
/// model that dpmd does not run.
ImportedModel read_graph(std::span<const std::byte> content, const std::string& path, Source source);

}  // namespace dpmd::importers
