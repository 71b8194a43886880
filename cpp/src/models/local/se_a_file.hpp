#pragma once
// The part of a .dpmd file that holds the descriptor se_e2_a.
#include "models/document.hpp"
#include "models/local/se_a.hpp"

namespace dpmd {

SeA read_se_a(const Entry& entry, int n_types);

}  // namespace dpmd
