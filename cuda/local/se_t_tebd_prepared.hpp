#pragma once
// se_e3_tebd in the forms of se_e3. The twin of cpp/src/cpu/local/se_t_tebd_prepared.hpp.
#include "local/se_t_prepared.hpp"
#include "models/local/se_t_tebd.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare(const SeTTebd& descriptor, const AngleTables* form, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    PairDescriptor pairs(descriptor, exclusions);
    pairs.constants = descriptor.type_embedding;
    pairs.n_constants = descriptor.n_output_types();
    return prepare_pairs(pairs, form, weights);
}

}  // namespace dpmd::gpu
