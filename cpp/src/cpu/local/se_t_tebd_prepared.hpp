#pragma once
// se_e3_tebd in the forms of se_e3.
#include "cpu/local/se_t_prepared.hpp"
#include "models/local/se_t_tebd.hpp"

namespace dpmd::cpu {

template <class Real>
PackedSeT<Real> prepare(const SeTTebd& from, const PackedEnvironment& environment, const Packing<Real>& packing) {
    return pack_pair_functions(pair_functions(from), from.type_embedding, from.n_output_types(), environment, packing);
}

template <class Real>
PackedSeTTables<Real> prepare_compressed(const SeTTebd& from, const AngleTables& form,
                                         const PackedEnvironment& environment, const Packing<Real>& packing) {
    return pack_angle_tables(pair_functions(from), form, from.type_embedding, from.n_output_types(), environment,
                             packing);
}

}  // namespace dpmd::cpu
