#pragma once
// Local frames as the runner drives them. The twin of cpp/src/cpu/local/local_frame_prepared.hpp.
#include <variant>

#include "local/descriptor.hpp"
#include "models/local/local_frame.hpp"

namespace dpmd::gpu {

/// There is no other form.
template <class Real>
PreparedDescriptor<Real> prepare(const LocalFrame& descriptor, const std::monostate*, const TypePairs& exclusions,
                                 Weights<Real>& weights);

}  // namespace dpmd::gpu
