#pragma once
// The part of a .dpmd file that holds a local model.
#include "models/document.hpp"
#include "models/local/local_model.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// `entry` is the whole document. InputError also for what this version does not run.
LocalModel read_local_model(const Entry& entry, int n_types);
void write_terms(const NewEntry& entry, const LocalModel& model);
void write_blend(const NewEntry& entry, const LocalModel& model);

}  // namespace dpmd
