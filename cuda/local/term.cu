#include "local/term.hpp"

#include <algorithm>
#include <numeric>

namespace dpmd::gpu {
namespace {

/// The last layer ends in an energy, which is not rounded.
template <class Real>
const DeviceNetwork<Real>* add_fitting(Weights<Real>& weights, const Network& network) {
    return weights.add(network, 0, static_cast<int>(network.layers.size()) - 1);
}

}  // namespace

template <class Real>
DeviceTerm<Real>::DeviceTerm(const NetTerm& term, Operands operands, GemmTuner& gemm, Memory& memory)
    : weights_(operands, gemm, memory), device_fparam_(memory) {
    for (std::size_t d = 0; d < term.descriptors.size(); ++d) {
        const CompressedDescriptor* form = term.compressed != nullptr ? &term.compressed->descriptors[d] : nullptr;
        descriptors_.push_back(prepare_descriptor(term.descriptors[d], form, term.pair_exclude_types, weights_));
        n_features_.push_back(n_features(term.descriptors[d]));
    }
    const Fitting& fitting = term.fitting;
    prepare_parameters(fitting);
    std::vector<const DeviceNetwork<Real>*> networks;
    for (const Network& network : fitting.networks) networks.push_back(add_fitting(weights_, network));
    for (std::size_t t = 0; t < fitting.energy_shift.size(); ++t) {
        Center& center = centers_.emplace_back();
        center.energy_shift = fitting.energy_shift[t];
        center.subtract_vacuum = fitting.subtract_vacuum[t];
        center.is_silent = is_silent_in(term, static_cast<int>(t));
        center.fitting = networks[networks.size() == 1 ? 0 : t];
        if (term.compressed != nullptr) center.moment_fitting = add_fitting(weights_, term.compressed->fittings[t]);
    }
}

template <class Real>
FittingInput<Real> DeviceTerm<Real>::row_input(const FittingScratch<Real>& scratch, int type, std::size_t d) const {
    const int first = std::accumulate(n_features_.begin(), n_features_.begin() + std::ptrdiff_t(d), 0);
    return scratch.view(*center(type).fitting, first, n_features_[d], d + 1 == n_descriptors(), parameters_);
}

template <class Real>
FittingInput<Real> DeviceTerm<Real>::moment_input(const FittingScratch<Real>& scratch, int type, std::size_t d) const {
    int first = 0;
    for (std::size_t before = 0; before < d; ++before) first += descriptors_[before].in_moments->n_features(type);
    return scratch.view(*center(type).moment_fitting, first, descriptors_[d].in_moments->n_features(type),
                        d + 1 == n_descriptors(), parameters_);
}

template <class Real>
int DeviceTerm<Real>::n_row_features() const {
    return std::accumulate(n_features_.begin(), n_features_.end(), 0);
}

template <class Real>
int DeviceTerm<Real>::n_moment_features(int type) const {
    int sum = 0;
    for (const PreparedDescriptor<Real>& descriptor : descriptors_) sum += descriptor.in_moments->n_features(type);
    return sum;
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
