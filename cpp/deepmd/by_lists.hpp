#pragma once
#include "evaluation.hpp"

namespace dpmd::deepmd {

/// Computes frames with the lists of the host, which are the same for all of them. Throws Failure.
void compute_by_lists(Models& models, const Call<double>& call, const Results<double>& out, const Lists& lists);

}  // namespace dpmd::deepmd
