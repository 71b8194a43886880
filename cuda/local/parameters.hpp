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

/// What a descriptor writes of the input of the fitting net, which has a row for each atom of a tile: the features of
/// all descriptors, then parameters, then zeros. The last descriptor fills the row to its end.
template <class Real>
struct FittingInput {
    int n_features = 0;              ///< of the descriptor
    int width = 0;                   ///< n_features, or for the last descriptor what is left of the row
    int stride = 0;                  ///< of the whole row
    Real* values = nullptr;          ///< [n_atoms][stride], from the descriptor's first feature on
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

/// Value f of an atom's input, which is none of the last descriptor's features.
template <class Real>
GPU_DEVICE Real behind_features(const FittingInput<Real>& input, const double* aparam, std::int32_t atom, int f) {
    f -= input.n_features;
    return f < input.parameters.count() ? static_cast<Real>(parameter(input.parameters, aparam, atom, f)) : Real(0);
}

}  // namespace dpmd::gpu
