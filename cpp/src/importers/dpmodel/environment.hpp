#pragma once
// What a descriptor sees of neighbours, from DeePMD-kit's model dictionary.
#include "importers/dpmodel/section.hpp"
#include "models/local/environment.hpp"

namespace dpmd::importers {

/// The environment of a descriptor with slots by type, whose rows have so many components.
Environment read_environment(const Section& descriptor, int n_components);

/// That of a descriptor whose neighbours share their slots; or need none, where it is a function of a graph.
Environment read_shared_environment(const Section& descriptor, int n_types, bool is_graph);

}  // namespace dpmd::importers
