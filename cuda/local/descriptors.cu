#include "local/descriptors.hpp"

#include "local/se_a_prepared.hpp"
#include "local/se_atten_prepared.hpp"
#include "local/se_r_prepared.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare_descriptor(const Descriptor& descriptor, const MomentForm* form,
                                            const TypePairs& exclusions, Weights<Real>& weights) {
    return std::visit([&](const auto& one) { return prepare(one, form, exclusions, weights); }, descriptor);
}

template PreparedDescriptor<double> prepare_descriptor(const Descriptor&, const MomentForm*, const TypePairs&,
                                                       Weights<double>&);
template PreparedDescriptor<float> prepare_descriptor(const Descriptor&, const MomentForm*, const TypePairs&,
                                                      Weights<float>&);

}  // namespace dpmd::gpu
