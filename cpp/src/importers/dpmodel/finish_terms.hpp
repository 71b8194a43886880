#pragma once
// What stands beside the terms of a model in DeePMD-kit's model dictionary: exclusions, the output bias, the type map.
#include "importers/dpmodel/terms.hpp"

namespace dpmd::importers {

/// Adds these to the terms of a model. The bias is no part of the weights of a combination: it goes to one term, or to
/// both that a bridge joins.
void finish(Terms& terms, const Section& model, int n_types);

}  // namespace dpmd::importers
