#pragma once
// DPA-1 as the runner drives it. The twin of cpp/src/cpu/local/se_atten_prepared.hpp.
#include "local/descriptor.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_atten.hpp"

namespace dpmd::gpu {

/// It has no moment form: `form` is null.
template <class Real>
PreparedDescriptor<Real> prepare(const SeAtten& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights);

}  // namespace dpmd::gpu
