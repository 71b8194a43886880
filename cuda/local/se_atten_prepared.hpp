#pragma once
// DPA-1 as the runner drives it. The twin of cpp/src/cpu/local/se_atten_prepared.hpp.
#include "local/descriptor.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_atten.hpp"

namespace dpmd::gpu {

/// Without attention its moment form is that of se_e2_a, with a table for each pair of types.
template <class Real>
PreparedDescriptor<Real> prepare(const SeAtten& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights);

}  // namespace dpmd::gpu
