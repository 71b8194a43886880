#pragma once
// se_e3 as the runner drives it. The twin of cpp/src/cpu/local/se_t_prepared.hpp.
#include "local/descriptor.hpp"
#include "models/local/se_t.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare(const SeT& descriptor, const AngleTables* form, const TypePairs& exclusions,
                                 Weights<Real>& weights);

}  // namespace dpmd::gpu
