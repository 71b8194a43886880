#pragma once
// The descriptors that run on a GPU.
#include "local/descriptor.hpp"
#include "models/local/local_model.hpp"

namespace dpmd::gpu {

/// `form` is what compression has made of it, or null; `exclusions` are the pairs that the whole model ignores.
/// InputError when the kernels cannot run it.
template <class Real>
PreparedDescriptor<Real> prepare_descriptor(const Descriptor& descriptor, const CompressedDescriptor* form,
                                            const TypePairs& exclusions, Weights<Real>& weights);

}  // namespace dpmd::gpu
