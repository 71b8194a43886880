#pragma once
// The part of a .dpmd file that holds a local model.
#include "models/document.hpp"
#include "models/local/local_model.hpp"

namespace dpmd {

/// `entry` is the whole document. InputError also for what this version does not run.
LocalModel read_local_model(const Entry& entry, int n_types);

}  // namespace dpmd
