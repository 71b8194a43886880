#include "cpu/local/packed_fitting.hpp"

namespace dpmd::cpu {

template <class Real>
PackedFitting<Real>::PackedFitting(const Fitting& from, const std::vector<Network>& nets, const Packing<Real>& packing)
    : n_fparam(from.n_fparam),
      n_aparam(from.n_aparam),
      fparam_shift(from.fparam_shift),
      fparam_scale(from.fparam_scale),
      aparam_shift(from.aparam_shift),
      aparam_scale(from.aparam_scale),
      case_embedding(from.case_embedding) {
    for (const Network& net : nets) networks.push_back(packing.fitting(net));
    for (std::size_t i = 0; i < from.energy_shift.size(); ++i)
        centers.push_back({from.energy_shift[i], from.subtract_vacuum[i]});
}

template <class Real>
std::size_t PackedFitting<Real>::bytes() const {
    std::size_t sum = 0;
    for (const PackedNetwork<Real>& network : networks) sum += network.bytes();
    return sum;
}

template struct PackedFitting<double>;
template struct PackedFitting<float>;

}  // namespace dpmd::cpu
