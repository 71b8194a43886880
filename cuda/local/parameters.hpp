#pragma once
// Frame and atomic parameters and the case embedding, and where they stand: behind the features of an atom.
#include <cstdint>

#include "gpu_platform.hpp"
#include "math/hd.hpp"

namespace dpmd::gpu {

/// A parameter enters as (parameter - shift) * scale.
struct ParameterView {
    int n_fparam = 0, n_aparam = 0, n_case = 0;
    const double* fparam = nullptr;  ///< [n_fparam] in device memory, already scaled
    const double* aparam_shift = nullptr;
    const double* aparam_scale = nullptr;
    const double* case_embedding = nullptr;
    DPMD_HD int count() const { return n_fparam + n_aparam + n_case; }
};

/// The input of the fitting net, a row for each atom of a tile: features, then parameters, then zeros.
template <class Real>
struct FittingInput {
    int n_features = 0;
    int stride = 0;
    Real* values = nullptr;          ///< [n_atoms][stride]
    const Real* gradient = nullptr;  ///< [n_atoms][stride] dE/d(values), once the fitting net has run
    ParameterView parameters;
};

/// Parameter k of an atom.
GPU_DEVICE double parameter(const ParameterView& p, const double* aparam, std::int32_t atom, int k) {
    if (k < p.n_fparam) return p.fparam[k];
    k -= p.n_fparam;
    if (k < p.n_aparam) return (aparam[std::int64_t(atom) * p.n_aparam + k] - p.aparam_shift[k]) * p.aparam_scale[k];
    return p.case_embedding[k - p.n_aparam];
}

/// Value f of an atom's input, which is none of its features.
template <class Real>
GPU_DEVICE Real behind_features(const FittingInput<Real>& input, const double* aparam, std::int32_t atom, int f) {
    f -= input.n_features;
    return f < input.parameters.count() ? static_cast<Real>(parameter(input.parameters, aparam, atom, f)) : Real(0);
}

}  // namespace dpmd::gpu
