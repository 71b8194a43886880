#pragma once
// Frame and atomic parameters and the case embedding, behind the descriptor of an atom.
#include "local/se_a_model.hpp"

namespace dpmd::gpu {

/// Parameter k of an atom.
GPU_DEVICE double parameter(const ParameterView& p, const double* aparam, std::int32_t atom, int k) {
    if (k < p.n_fparam) return p.fparam[k];
    k -= p.n_fparam;
    if (k < p.n_aparam) return (aparam[std::int64_t(atom) * p.n_aparam + k] - p.aparam_shift[k]) * p.aparam_scale[k];
    return p.case_embedding[k - p.n_aparam];
}

}  // namespace dpmd::gpu
