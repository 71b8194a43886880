#pragma once
// The parts of a .dpmd file that hold a pair table, and how it is joined to nets.
#include "models/document.hpp"
#include "models/local/pair_table.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// InputError when its parts do not fit together or are out of their ranges.
PairTable read_pair_table(const Entry& entry, int n_types);
void write(const NewEntry& entry, const PairTable& table);

Bridge read_bridge(const Entry& entry);
void write(const NewEntry& entry, const Bridge& bridge);

}  // namespace dpmd
