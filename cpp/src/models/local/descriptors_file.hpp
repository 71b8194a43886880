#pragma once
// The part of a .dpmd file that holds a descriptor: who reads which.
#include "models/document.hpp"
#include "models/local/descriptors.hpp"

namespace dpmd {

/// InputError also for a descriptor of another type.
Descriptor read_descriptor(const Entry& entry, int n_types);

}  // namespace dpmd
