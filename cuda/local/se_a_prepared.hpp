#pragma once
// se_e2_a as the runner drives it. The twin of cpp/src/cpu/local/se_a_prepared.hpp.
#include "local/descriptor.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_a.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare(const SeA& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights);

}  // namespace dpmd::gpu
