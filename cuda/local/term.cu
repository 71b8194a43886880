#include "local/term.hpp"

#include <algorithm>

namespace dpmd::gpu {
namespace {

const MomentForm* form_of(const NetTerm& term) {
    return term.compressed != nullptr ? &term.compressed->descriptors.front() : nullptr;
}

/// The last layer ends in an energy, which is not rounded.
template <class Real>
const DeviceNetwork<Real>* add_fitting(Weights<Real>& weights, const Network& network) {
    return weights.add(network, 0, static_cast<int>(network.layers.size()) - 1);
}

}  // namespace

template <class Real>
DeviceTerm<Real>::DeviceTerm(const LocalModel& model, Operands operands, GemmTuner& gemm, Memory& memory)
    : weights_(operands, gemm, memory),
      descriptor_(prepare_descriptor(model.terms.front().descriptors.front(), form_of(model.terms.front()),
                                     model.pair_exclude_types, weights_)),
      n_features_(model.terms.front().n_features()),
      device_fparam_(memory) {
    const NetTerm& term = model.terms.front();
    const Fitting& fitting = term.fitting;
    prepare_parameters(fitting);
    for (std::size_t t = 0; t < fitting.networks.size(); ++t) {
        Center& center = centers_.emplace_back();
        center.energy_shift = fitting.energy_shift[t];
        center.subtract_vacuum = fitting.subtract_vacuum[t];
        center.is_silent =
            std::count(model.atom_exclude_types.begin(), model.atom_exclude_types.end(), static_cast<int>(t)) > 0;
        center.fitting = add_fitting(weights_, fitting.networks[t]);
        if (term.compressed != nullptr) center.moment_fitting = add_fitting(weights_, term.compressed->fittings[t]);
    }
}

template <class Real>
void DeviceTerm<Real>::prepare_parameters(const Fitting& fitting) {
    fparam_shift_ = fitting.fparam_shift;
    fparam_scale_ = fitting.fparam_scale;
    parameters_.n_fparam = fitting.n_fparam;
    parameters_.n_aparam = fitting.n_aparam;
    parameters_.n_case = static_cast<int>(fitting.case_embedding.size());
    parameters_.aparam_shift = weights_.upload(fitting.aparam_shift);
    parameters_.aparam_scale = weights_.upload(fitting.aparam_scale);
    parameters_.case_embedding = weights_.upload(fitting.case_embedding);
    device_fparam_.resize_discard(std::size_t(fitting.n_fparam));
    parameters_.fparam = device_fparam_.data();
}

template <class Real>
void DeviceTerm<Real>::set_frame_parameters(const double* fparam) {
    const auto n = std::size_t(parameters_.n_fparam);
    if (std::equal(fparam, fparam + n, fparam_.begin(), fparam_.end())) return;
    fparam_.assign(fparam, fparam + n);
    std::vector<double> scaled(n);
    for (std::size_t k = 0; k < n; ++k) scaled[k] = (fparam[k] - fparam_shift_[k]) * fparam_scale_[k];
    device_fparam_.copy_in(scaled);
}

template class DeviceTerm<double>;
template class DeviceTerm<float>;

}  // namespace dpmd::gpu
