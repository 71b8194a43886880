#pragma once
#include "evaluation.hpp"

namespace dpmd::deepmd {

/// Computes frames whose neighbours the engine finds. Throws Failure.
void compute_by_cell(Models& models, Form form, const Call<double>& call, const Results<double>& out);

}  // namespace dpmd::deepmd
