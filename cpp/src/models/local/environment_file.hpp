#pragma once
// The part of a .dpmd file that holds an environment.
#include "models/document.hpp"
#include "models/local/environment.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// InputError when its parts do not fit together or are out of their ranges.
Environment read_environment(const Entry& entry, int n_types, int n_components);
void write(const NewEntry& entry, const Environment& environment);

}  // namespace dpmd
