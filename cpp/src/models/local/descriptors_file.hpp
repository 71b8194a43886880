#pragma once
// The part of a .dpmd file that holds a descriptor. What differs between descriptors is in their files NAME_file.cpp.
#include "models/document.hpp"
#include "models/local/descriptors.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// InputError also for a descriptor of another type.
Descriptor read_descriptor(const Entry& entry, int n_types);
void write(const NewEntry& entry, const Descriptor& descriptor);

}  // namespace dpmd
