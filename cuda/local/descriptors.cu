#include "local/descriptors.hpp"

#include "local/local_frame_prepared.hpp"
#include "local/se_a_prepared.hpp"
#include "local/se_atten_prepared.hpp"
#include "local/se_r_prepared.hpp"
#include "local/se_t_prepared.hpp"
#include "local/se_t_tebd_prepared.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare_descriptor(const Descriptor& descriptor, const CompressedDescriptor* form,
                                            const TypePairs& exclusions, Weights<Real>& weights) {
    return std::visit(
        [&](const auto& one) {
            using Form = typename std::decay_t<decltype(one)>::Compressed;
            return prepare(one, std::get_if<Form>(form), exclusions, weights);
        },
        descriptor);
}

template PreparedDescriptor<double> prepare_descriptor(const Descriptor&, const CompressedDescriptor*, const TypePairs&,
                                                       Weights<double>&);
template PreparedDescriptor<float> prepare_descriptor(const Descriptor&, const CompressedDescriptor*, const TypePairs&,
                                                      Weights<float>&);

}  // namespace dpmd::gpu
