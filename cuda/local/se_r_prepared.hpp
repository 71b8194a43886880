#pragma once
// se_e2_r as the runner drives it. The twin of cpp/src/cpu/local/se_r_prepared.hpp.
#include "local/descriptor.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_r.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare(const SeR& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights);

}  // namespace dpmd::gpu
